import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readTogether } from '../src/read-together.ts';

/** A source whose reads are answered when told, with how many had begun by then. */
function source() {
  const begun: string[] = [];
  const answers: (() => void)[] = [];
  const read = (query: string) => {
    begun.push(query);
    const answer = `${query} ${begun.length}`;
    return new Promise<string>((resolve) => answers.push(() => resolve(answer)));
  };
  return { begun, answers, read };
}

test('those who ask the same in one turn of the loop share one read, others have their own', async () => {
  const { begun, answers, read } = source();
  const together = readTogether((query: string) => query, read);
  const asked = [together('a'), together('b'), together('a')];
  await nextTurnOfTheLoop();
  for (const answer of answers) answer();
  expect(await Promise.all(asked)).toEqual(['a 1', 'b 2', 'a 1']);
  expect(begun).toEqual(['a', 'b']);
});

test('a read that has begun is joined by nobody: what was written since would be missed', async () => {
  const { begun, answers, read } = source();
  const together = readTogether((query: string) => query, read);
  const early = together('a');
  await expect.poll(() => begun.length).toBe(1);
  const late = together('a');
  await expect.poll(() => begun.length).toBe(2);
  for (const answer of answers) answer();
  expect(await Promise.all([early, late])).toEqual(['a 1', 'a 2']);
});

test('a read that fails, fails for those who shared it alone', async () => {
  let reads = 0;
  const together = readTogether(
    () => 'same',
    async () => {
      reads += 1;
      if (reads === 1) throw new Error('lost');
      return reads;
    },
  );
  const outcomes = await Promise.allSettled([together(null), together(null)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await together(null)).toBe(2);
});
