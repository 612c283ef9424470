import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dangerOfCommand } from '../src/commands/danger.ts';
import { freePrograms } from '../src/commands/free-programs.ts';

const workspace = '/home/x/agents/coder';
const danger = (argv: readonly string[]) => dangerOfCommand(argv, workspace, []);

describe('commands that run at once', () => {
  it.each([
    [['ls', '-la', 'src']],
    [['ls', `${workspace}/src`]],
    [['cat', 'a.txt', '--', '-b']],
    [['head', '-20', 'a']],
    [['head', '-n', '20', 'a']],
    [['grep', '-rn', '-e', '-f', 'src']],
    [['grep', '--include=*.ts', '-A3', 'x', '.']],
    [['find', '.', '-name', '*.ts', '-maxdepth', '3']],
    [['git', 'status', '--short']],
    [['git', '--no-pager', 'log', '--oneline', '-n', '5']],
    [['git', 'diff', 'HEAD~1', '--stat', '--', 'src']],
    [['git', 'branch', '--list']],
    [['sort', '-rn', 'a']],
    [['echo', '/etc/passwd', '..', '-rf']],
    [['wc', '-l', 'a']],
  ])('%j', (argv) => {
    expect(danger(argv)).toBeNull();
  });
});

describe('commands that ask', () => {
  it.each([
    // Wrappers, shells and interpreters.
    [['env', '-S', 'rm -rf .']],
    [['sh', '-c', 'ls']],
    [['bash', 'x.sh']],
    [['xargs', 'rm']],
    [['nohup', 'ls']],
    [['timeout', '5', 'ls']],
    [['busybox', 'ls']],
    [['python3', '-c', '1']],
    [['awk', 'BEGIN{system("id")}']],
    [['sed', '-n', '1e id']],
    [['/bin/ls']],
    [['./ls']],
    [['LS']],
    [['ls ']],
    [['']],
    [[]],
    // Options that write, run or read something else.
    [['grep', '-f', '/etc/shadow', 'x']],
    [['grep', '-nf', 'patterns', 'x']],
    [['grep', '--file=/etc/shadow', 'x']],
    [['grep', '--fil', 'x', 'y']],
    [['grep', '--exclude-from', 'x', 'y']],
    [['grep', '-R', 'x', '.']],
    [['rg', '--pre', 'sh', 'x']],
    [['rg', '-L', 'x']],
    [['sort', '-o', 'SOUL.md', 'x']],
    [['sort', '--compress-program=sh', 'x']],
    [['uniq', 'in', 'SOUL.md']],
    [['find', '.', '-delete']],
    [['find', '.', '-exec', 'rm', '{}', ';']],
    [['find', '.', '-fprint', 'SOUL.md']],
    [['find', '-L', '.']],
    [['find', '/']],
    [['tail', '-f', 'x']],
    [['tree', '-o', 'x']],
    [['date', '-s', 'tomorrow']],
    [['git', 'push']],
    [['git', 'commit', '-m', 'x']],
    [['git', '-c', 'core.pager=sh', 'log']],
    [['git', '-C', '/', 'status']],
    [['git', 'diff', '--no-index', 'a', 'b']],
    [['git', 'diff', '--output=SOUL.md']],
    [['git', 'log', '--ext-diff']],
    [['git', 'branch', 'x']],
    [['git', 'tag', 'x']],
    [['git', '--git-dir=x', 'log']],
    // Reading elsewhere.
    [['cat', '/etc/passwd']],
    [['cat', '../other/memory/MEMORY.md']],
    [['cat', 'a/../../other/SOUL.md']],
    [['cat', '~/x']],
    [['cat', '--', '/etc/passwd']],
    [['cat', '/home/x/agents/coder-other/x']],
    [['head', '-n', '1', '/proc/self/environ']],
    [['git', 'show', 'HEAD:../x']],
    // Others.
    [['rm', '-r', 'x']],
    [['sudo', 'ls']],
    [['npm', 'test']],
    [['curl', 'http://x']],
    [['unknown-program']],
    [['constructor']],
    [['git', 'constructor']],
    [['find', '.', 'x', '-toString']],
  ])('%j', (argv) => {
    expect(danger(argv)).toMatch(/\w/u);
  });

  it('allows exactly the argument vectors an operator allowed', () => {
    const allowed = [['npm', 'test']];
    expect(dangerOfCommand(['npm', 'test'], workspace, allowed)).toBeNull();
    for (const argv of [['npm', 'test', '--', '-u'], ['npm'], ['npm', 'test '], ['npm', 'Test']])
      expect(dangerOfCommand(argv, workspace, allowed)).not.toBeNull();
  });

  it('never lets a word reach outside, whatever surrounds it', () => {
    const noise = fc.array(fc.constantFrom('a', '-n', '--', '-l', '-r', 'x.txt', '--color', '-e'), { maxLength: 4 });
    const bad = fc.constantFrom('/etc/passwd', '../x', '~/x', 'a/../../x', '/proc/self/environ', `${workspace}/../other`, `${workspace}x`);
    const programs = Object.entries(freePrograms).flatMap(([name, { text }]) => (text === true ? [] : [name]));
    fc.assert(
      fc.property(fc.constantFrom(...programs), noise, bad, noise, (program, before, word, after) => {
        expect(danger([program, ...before, word, ...after])).not.toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  it('never lets an option through that is not listed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(freePrograms)), fc.stringMatching(/^--[a-z-]{2,12}$/u), (program, option) => {
        const rule = freePrograms[program];
        fc.pre(rule !== undefined && !(rule.long ?? []).concat(rule.longValued ?? []).includes(option.slice(2)));
        expect(danger([program, option])).not.toBeNull();
      }),
    );
  });
});
