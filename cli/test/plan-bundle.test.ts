/** A plan as a folder: what a person reads in it, and that nothing of it is written anywhere else. */
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderBundle } from '../src/commands/plans/bundle/render-bundle.ts';
import { openPathBook } from '../src/commands/plans/bundle/safe-paths.ts';
import { startPlanDaemon, type PlanDaemon } from './plan-daemon.ts';
import { runInside } from './run-program.ts';
import { sampleArtifact, sampleBundle, sampleHistory, samplePlan, samplePlanFinding, sampleRole, sampleRoleRun } from './sample-plan.ts';

let daemon: PlanDaemon;
let folder: string;

beforeEach(async () => {
  daemon = await startPlanDaemon();
  folder = mkdtempSync(path.join(tmpdir(), 'guildhall-export-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await daemon.remove();
});

const run = (...words: readonly string[]) => runInside(['plans', 'export', ...words], { home: daemon.home });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const filesIn = (at: string) =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(at, path.join(entry.parentPath, entry.name)))
    .toSorted();

function withArtifacts(paths: readonly string[], role = 'developer') {
  return sampleBundle({
    artifacts: paths.map((at, number) => ({ ...sampleArtifact({ id: `art_${number}`, path: at, role, at: 1000 - number }), content: base64(at) })),
  });
}

test('the folder holds the page to read, the plan as data, and everything that belongs to it', async () => {
  const to = path.join(folder, 'new', 'report');
  const ran = await run('parser', '--to', to);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(filesIn(to)).toEqual([
    'README.md',
    'artifacts/developer/src/parser.ts',
    'events.ndjson',
    'findings.md',
    'packets/packet-001.md',
    'plan.json',
    'roles/developer.md',
  ]);
  expect(JSON.parse(readFileSync(path.join(to, 'plan.json'), 'utf8'))).toEqual(sampleBundle());
  expect(readFileSync(path.join(to, 'artifacts/developer/src/parser.ts'), 'utf8')).toBe('hello\n');
  expect(readFileSync(path.join(to, 'packets/packet-001.md'), 'utf8')).toBe('Read this.\n');
  expect(readFileSync(path.join(to, 'events.ndjson'), 'utf8')).toBe('{"type":"plan.created","seq":1}\n');
});

test('its README says what was asked, who did what under which skills at what cost, what was found, decided and shown', async () => {
  await run('parser', '--to', folder, '--force');
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  for (const part of [
    '# A new parser',
    'Read every file.',
    '[1](packets/packet-001.md)',
    '| design | lead, planner | done |',
    '| [Developer](roles/developer.md) | `coder` | lead | 1 of 1 | verified | $1.20 | 40,000 in, 2,000 out |',
    '| `rrun_1` | developer | build | succeeded | verified: code-review (loaded) | $0.40 | Write the parser |',
    '| `find_1` | high | reported | Empty files make it crash | validator |  | validator pending |',
    '| `role:parser/lead` | accepted find\\_1 | it is a mistake |',
    '| `phase-open:review` | not this time | `operator` |',
    '| `rrun_1` | developer | `src/parser.ts` |  |  |  |',
    '[`src/parser.ts`](artifacts/developer/src/parser.ts)',
  ])
    expect(readme).toContain(part);
  const role = readFileSync(path.join(folder, 'roles/developer.md'), 'utf8');
  for (const part of [
    'The lexer is written by hand.',
    '| 1 | opened',
    '### succeeded: `rrun_1`',
    '(../artifacts/developer/src/parser.ts)',
    '| code-review | required | loaded |',
  ])
    expect(role).toContain(part);
  expect(readFileSync(path.join(folder, 'findings.md'), 'utf8')).toContain('An empty file ends the process.');
});

test('what others wrote is text in it: no table, link, page or terminal is changed by it', () => {
  const hostile = 'a | b\n# head <script>x</script> [l](http://x) `c` ```\n```\n# head\n```\n \u001b[31m\u202e';
  const bundle = sampleBundle({
    plan: samplePlan({ title: hostile, goal: hostile }),
    findings: [samplePlanFinding({ title: hostile, description: hostile })],
    runs: [sampleRoleRun({ task: hostile, answer: hostile, evidence: [{ kind: 'answer', ref: hostile, note: hostile }] })],
    roles: [{ ...sampleRole({ title: hostile, mission: hostile }), incarnations: sampleHistory.incarnations.map((each) => ({ ...each, brief: hostile })) }],
  });
  for (const file of renderBundle(bundle).filter(({ path: at }) => at.endsWith('.md') && !at.startsWith('packets'))) {
    const text = String(file.content);
    expect(text).not.toMatch(/(?![\n\t])\p{Cc}|\u202e/u);
    const fence = /^(`{3,})text\n[^]*?\n\1$/gm;
    const outside = text.replaceAll(fence, '');
    expect(outside).not.toMatch(/^# head/m);
    expect(outside.replaceAll(/(`+)[^]*?\1/g, '')).not.toMatch(/(?<!\\)<script|(?<!\\)\[l\]/);
    const tables = text.split('\n\n').filter((part) => part.startsWith('| '));
    for (const table of tables) {
      const columns = table.split('\n').map((line) => line.replaceAll('\\\\', '').replaceAll('\\|', '').split('|').length);
      expect(new Set(columns).size).toBe(1);
    }
  }
});

describe('where the files go', () => {
  test.each([
    ['../../x', '__/__/x'],
    ['/etc/passwd', 'etc/passwd'],
    ['C:\\Windows\\x', 'C_/Windows/x'],
    ['a/../../b', 'a/__/__/b'],
    ['..', '__'],
    ['.', 'unnamed'],
    ['', 'unnamed'],
    ['a//b/./c', 'a/b/c'],
    ['con', '_con'],
    ['NUL.txt', '_NUL.txt'],
    ['a\u0000b\u202ec\n', 'a_b_c_'],
    ['ends. ', 'ends__'],
    ['-rf', '_rf'],
    ['~/.ssh/id', '~/.ssh/id'],
    ['.git/hooks/x', '.git/hooks/x'],
  ])('%j is written to %s', async (wanted, expected) => {
    daemon.on('get /v1/plans/{plan}/bundle', () => withArtifacts([wanted]));
    const to = path.join(folder, 'report');
    expect(await run('parser', '--to', to)).toMatchObject({ code: 0 });
    expect(filesIn(path.join(to, 'artifacts/developer'))).toEqual([path.normalize(expected)]);
    expect(readdirSync(folder)).toEqual(['report']);
  });

  test('names that differ by case, by spelling or by nothing are files of their own, the newest with the plain name', () => {
    const paths = ['A.md', 'a.md', 'a.md', '\u00e9', 'e\u0301', 'a', 'a/b', 'c/d', 'c', 'x/../y', 'x/__/y'];
    const files = renderBundle(withArtifacts(paths)).filter(({ path: at }) => at.startsWith('artifacts/'));
    expect(files.map(({ path: at }) => at.slice('artifacts/developer/'.length))).toEqual([
      'A.md',
      'a-2.md',
      'a-3.md',
      '\u00e9',
      '\u00e9-2',
      'a',
      'a-2/b',
      'c/d',
      'c-2',
      'x/__/y',
      'x/__/y-2',
    ]);
  });

  test('the name of a role is one folder, whatever it holds', () => {
    const bundle = { ...withArtifacts(['x'], '../../lead'), roles: [{ ...sampleRole({ role: '../../lead' }), incarnations: [] }] };
    const paths = renderBundle(bundle).map((file) => file.path);
    expect(paths).toContain('roles/.._.._lead.md');
    for (const at of paths) expect(path.posix.normalize(at)).toBe(at);
    expect(paths.filter((at) => at.includes('/../') || at.startsWith('../'))).toEqual([]);
  });

  test('a plan that names itself out of the folder stays here', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      daemon.on('get /v1/plans/{plan}/bundle', () => sampleBundle());
      expect(await run('../../x')).toMatchObject({ code: 0 });
      expect(readdirSync(folder)).toEqual(['plan-.._.._x']);
    } finally {
      process.chdir(before);
    }
  });

  test('for any paths at all: below the folder, no two the same on any disk, no file where a folder is', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', 'A', 'con', 'é', 'é', '\\', 'x.', 'a-2'), fc.string({ unit: 'binary', maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 12 }), (wanted) => {
        const book = openPathBook();
        const placed = wanted.map((parts) => book.place('artifacts/r', parts.join('/')));
        for (const at of placed) {
          const resolved = path.resolve('/base', at);
          expect(resolved.startsWith('/base/artifacts/r/')).toBe(true);
          expect(at).not.toMatch(/[\p{Cc}\p{Cs}\\:]|(?:^|\/)\.{1,2}(?:\/|$)/u);
        }
        const folded = placed.map((at) => at.normalize('NFKC').toLowerCase());
        expect(new Set(folded).size).toBe(folded.length);
        for (const at of folded) expect(folded.some((other) => other.startsWith(`${at}/`))).toBe(false);
      }),
    );
  });
});

describe('a folder that holds something already', () => {
  test('is left alone without --force', async () => {
    writeFileSync(path.join(folder, 'mine'), 'mine');
    const ran = await run('parser', '--to', folder);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('is not empty. Name another folder with --to, or write over what is there with --force.');
    expect(readdirSync(folder)).toEqual(['mine']);
  });

  test('is written over with --force, and keeps what the plan has not', async () => {
    writeFileSync(path.join(folder, 'mine'), 'mine');
    writeFileSync(path.join(folder, 'README.md'), 'old');
    expect(await run('parser', '--to', folder, '--force')).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(folder, 'mine'), 'utf8')).toBe('mine');
    expect(readFileSync(path.join(folder, 'README.md'), 'utf8')).toContain('# A new parser');
  });

  test('leads nowhere else: a link in the place of a file is replaced, one in the place of a folder refuses', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'guildhall-outside-'));
    try {
      writeFileSync(path.join(outside, 'target'), 'untouched');
      symlinkSync(path.join(outside, 'target'), path.join(folder, 'README.md'));
      expect(await run('parser', '--to', folder, '--force')).toMatchObject({ code: 0 });
      expect(lstatSync(path.join(folder, 'README.md')).isSymbolicLink()).toBe(false);
      rmSync(path.join(folder, 'artifacts'), { recursive: true });
      symlinkSync(outside, path.join(folder, 'artifacts'));
      expect(await run('parser', '--to', folder, '--force')).toMatchObject({ code: 3 });
      expect(readFileSync(path.join(outside, 'target'), 'utf8')).toBe('untouched');
      expect(readdirSync(outside)).toEqual(['target']);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });
});

test('what was too large to be kept is named with its hash, and no file is made for it', () => {
  const artifact = sampleArtifact({ path: 'big.bin', kept: false });
  const files = renderBundle(sampleBundle({ artifacts: [{ ...artifact, content: null }] }));
  expect(files.some(({ path: at }) => at.startsWith('artifacts/'))).toBe(false);
  expect(String(files.find(({ path: at }) => at === 'README.md')?.content)).toContain('`big.bin` (not kept)');
});

test('with --json and a folder the files that were written are the answer', async () => {
  const to = path.join(folder, 'report');
  const ran = await run('parser', '--to', to, '--json');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ran.stdout)).toMatchObject({ plan: 'parser', folder: to, files: expect.arrayContaining(['README.md', 'plan.json']) as unknown });
});

test('a folder that cannot be made is refused by name', async () => {
  writeFileSync(path.join(folder, 'file'), '');
  const ran = await run('parser', '--to', path.join(folder, 'file', 'below'));
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('cannot be written');
  mkdirSync(path.join(folder, 'empty'));
  expect(await run('parser', '--to', path.join(folder, 'empty'))).toMatchObject({ code: 0 });
  expect(existsSync(path.join(folder, 'empty', 'README.md'))).toBe(true);
});
