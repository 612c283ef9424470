import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellWord } from '../src/index.ts';

test('a shell reads any text as one word, and runs nothing of it', () => {
  const texts = fc.sample(
    fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '$', '`', '(', ')', '\\', ';', '&', '*', '~', '#', '!', '\n', '-', 'é') }),
    300,
  );
  const asked = [...texts, 'A/B', '$(exit 1)', '~', '--plan'];
  const read = execFileSync('sh', ['-c', `printf '%s\\0' ${asked.map(shellWord).join(' ')}`], { encoding: 'utf8' });
  expect(read.split('\0').slice(0, -1)).toEqual(asked);
});

test('a plain word is told as it is', () => {
  for (const word of ['developer', 'A/B', 'find_01x', 'a@b:c', 'x=1,2']) expect(shellWord(word)).toBe(word);
});
