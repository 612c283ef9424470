import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../src/commands/shell-words.ts';

describe('a command line without a shell', () => {
  it.each([
    ['ls -la src', ['ls', '-la', 'src']],
    ['grep \'a | b\' "c d"', ['grep', 'a | b', 'c d']],
    ['echo "it\'s" a\\ b', ['echo', "it's", 'a b']],
    ["echo '' x", ['echo', '', 'x']],
    ["find . -name '*.ts'", ['find', '.', '-name', '*.ts']],
    ['echo "a\\"b\\\\c\\d"', ['echo', 'a"b\\c\\d']],
    ['git log HEAD~2', ['git', 'log', 'HEAD~2']],
  ])('splits %j', (line, words) => {
    const split = splitCommand(line);
    expect(split.ok ? split.value : split.refusal.message).toEqual(words);
  });

  it.each([
    'a | b',
    'a; b',
    'a && b',
    'a & ',
    'a > f',
    'a < f',
    'echo $HOME',
    'echo "$HOME"',
    'echo `id`',
    'echo "`id`"',
    'echo $(id)',
    'ls *.ts',
    'ls ?',
    'ls [ab]',
    'ls {a,b}',
    'ls ~',
    'a # b',
    'a\nb',
    "echo 'open",
    'A=1 b',
    '   ',
    'a \\',
    'grep $HOME/* x',
  ])('refuses %j and says how to go on', (line) => {
    const split = splitCommand(line);
    expect(split.ok).toBe(false);
  });

  it('gives back any words that were single-quoted', () => {
    const word = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed().replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        fc.pre(!/^[A-Za-z_]\w*=/u.test(words[0] ?? ''));
        const line = words.map((one) => `'${one.replaceAll("'", "'\\''")}'`).join(' ');
        const split = splitCommand(line);
        expect(split.ok ? split.value : split.refusal.message).toEqual(words);
      }),
    );
  });
});
