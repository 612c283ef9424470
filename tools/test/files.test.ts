import { mkdir, readFile, readdir, stat, writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../src/files/edits.ts';
import { lineMatcher } from '../src/files/line-matcher.ts';
import { patchTool } from '../src/files/patch.ts';
import { readFileTool } from '../src/files/read-file.ts';
import { searchFilesTool } from '../src/files/search-files.ts';
import { editsOfDiff } from '../src/files/unified-diff.ts';
import { writeFileTool } from '../src/files/write-file.ts';
import { call, canonical, clock, contextFor, freshWorkspace, workspacesFor } from './support.ts';

async function standing() {
  const { workspace } = await freshWorkspace();
  const workspaces = workspacesFor();
  return {
    workspace,
    context: contextFor(workspace),
    read: readFileTool(workspaces),
    write: writeFileTool(workspaces),
    patch: patchTool(workspaces),
    search: searchFilesTool(workspaces, clock),
  };
}

describe('arguments', () => {
  it('have one spelling before they are judged', async () => {
    const { read, workspace, context } = await standing();
    for (const args of [{ path: 'a/b.txt' }, { file_path: './a//b.txt' }, { filePath: `${workspace}/a/b.txt` }, { filename: 'a/x/../b.txt' }]) {
      const settled = await canonical(read, args, context);
      expect(settled).toEqual({ ok: true, value: { path: 'a/b.txt', offset: 1, limit: 1000 } });
      expect(settled.ok && (await canonical(read, settled.value, context))).toEqual(settled);
    }
  });

  it('are refused when two spellings of one field, unknown fields or wrong types are given', async () => {
    const { read, write, patch, context } = await standing();
    for (const [tool, args] of [
      [read, { path: 'a', filePath: 'a' }],
      [read, { file: 'a', filename: 'b' }],
      [read, { path: 'a', filePath: '/etc/passwd' }],
      [read, { path: 'a', mode: 'r' }],
      [read, { path: 1 }],
      [read, {}],
      [write, { path: 'a' }],
      [write, { path: '.', content: '' }],
      [write, { path: 'a', content: 'x', sudo: true }],
      [patch, { path: 'a', old_text: 'x' }],
      [patch, { path: 'a', old_text: 'x', new_text: 'y', diff: '@@' }],
      [patch, { path: 'a', old_text: '', new_text: 'y' }],
      [patch, { path: 'a', edits: [] }],
    ] as const) {
      expect((await canonical(tool, args, context)).ok).toBe(false);
    }
  });
});

describe('reading', () => {
  it('numbers lines, goes on where it stopped and refuses what is not text', async () => {
    const { read, workspace, context } = await standing();
    await writeFile(join(workspace, 'a.txt'), Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join('\n'));
    expect((await call(read, { path: 'a.txt', offset: 29, limit: 1 }, context)).text).toBe('29\tline 29\n(1 more lines; read on with offset 30)');
    expect((await call(read, { path: 'a.txt', offset: 31 }, context)).text).toContain('30 lines');
    await writeFile(join(workspace, 'binary'), Buffer.from([0x89, 0, 1]));
    await writeFile(join(workspace, 'latin'), Buffer.from([0xe9, 0x41]));
    for (const path of ['binary', 'latin', 'missing', '.']) expect((await call(read, { path }, context)).isError).toBe(true);
    await writeFile(join(workspace, 'empty'), '');
    expect((await call(read, { path: 'empty' }, context)).text).toContain('empty');
    await writeFile(join(workspace, 'wide'), `${'x'.repeat(100_000)}\n`.repeat(100));
    expect((await call(read, { path: 'wide' }, context)).text.length).toBeLessThan(55_000);
  });
});

describe('writing', () => {
  it('makes folders, keeps the mode of a file and leaves no draft behind', async () => {
    const { write, workspace, context } = await standing();
    expect((await call(write, { path: 'a/b/c.txt', content: 'é\n' }, context)).text).toBe('Created a/b/c.txt (3 bytes).');
    await chmod(join(workspace, 'a/b/c.txt'), 0o755);
    expect((await call(write, { path: 'a/b/c.txt', content: 'x' }, context)).text).toContain('Replaced');
    expect((await stat(join(workspace, 'a/b/c.txt'))).mode & 0o777).toBe(0o755);
    expect(await readdir(join(workspace, 'a/b'))).toEqual(['c.txt']);
    expect((await call(write, { path: 'a/b', content: 'x' }, context)).isError).toBe(true);
    expect((await call(write, { path: 'a/b/c.txt/d', content: 'x' }, context)).isError).toBe(true);
    expect(await readdir(join(workspace, 'a'))).toEqual(['b']);
  });

  it('never shows a reader half a file', async () => {
    const { write, workspace, context } = await standing();
    const sizes = [10, 2_000_000];
    await call(write, { path: 'f', content: 'x'.repeat(10) }, context);
    let writing = true;
    const reading = (async () => {
      while (writing) expect(sizes).toContain((await readFile(join(workspace, 'f'))).length);
    })();
    for (let round = 0; round < 20; round += 1) await call(write, { path: 'f', content: 'x'.repeat(sizes[round % 2] ?? 0) }, context);
    writing = false;
    await reading;
  });

  it('cannot touch what an agent is, by any spelling', async () => {
    const { write, patch, read, workspace, context } = await standing();
    await mkdir(join(workspace, 'memory'));
    await writeFile(join(workspace, 'SOUL.md'), 'kind');
    await writeFile(join(workspace, 'memory', 'MEMORY.md'), 'kind');
    const paths = [
      'SOUL.md',
      'soul.md',
      './x/../SOUL.md',
      `${workspace}/SOUL.md`,
      'ＳＯＵＬ.md',
      'SO\u200bUL.md',
      '\u017foul.md',
      'AGENTS.md',
      'memory/MEMORY.md',
      'Memory/new.md',
      'memory',
      'skills/x/SKILL.md',
      'USER.md',
      'MEMORY.md',
      'repo/.git/hooks/pre-commit',
    ];
    for (const path of paths) {
      expect((await call(write, { path, content: 'evil' }, context)).data).toMatchObject({ refused: 'not-allowed' });
      expect((await call(patch, { path, old_text: 'kind', new_text: 'evil' }, context)).isError).toBe(true);
    }
    expect(await readFile(join(workspace, 'SOUL.md'), 'utf8')).toBe('kind');
    expect((await readdir(workspace)).toSorted()).toEqual(['SOUL.md', 'memory']);
    expect((await call(read, { path: 'SOUL.md' }, context)).text).toBe('1\tkind');
    expect((await call(write, { path: 'docs/SOUL.md', content: 'of someone else' }, context)).isError).toBe(false);
  });

  it('stays within the quota of its workspace, and another is not affected', async () => {
    const [small, other] = [await freshWorkspace(), await freshWorkspace()];
    const workspaces = workspacesFor({
      quotaOf: (path) => ({ fileBytes: 50_000, totalBytes: path === small.workspace ? 100_000 : 10_000_000, entries: path === small.workspace ? 12 : 1000 }),
    });
    const write = writeFileTool(workspaces);
    const put = (path: string, bytes: number, where = small.workspace) => call(write, { path, content: 'x'.repeat(bytes) }, contextFor(where));
    expect((await put('big', 50_001)).data).toMatchObject({ refused: 'too-large' });
    expect((await put('a', 45_000)).isError).toBe(false);
    expect((await put('b', 45_000)).isError).toBe(false);
    expect((await put('c', 45_000)).data).toMatchObject({ refused: 'limit-reached' });
    expect((await readdir(small.workspace)).toSorted()).toEqual(['a', 'b']);
    expect((await put('c', 45_000, other.workspace)).isError).toBe(false);
    for (let n = 0; n < 8; n += 1) await put(`n${n}`, 1);
    await put('n8', 1);
    await put('n9', 1);
    expect((await put('one-too-many', 1)).data).toMatchObject({ refused: 'limit-reached' });
  });
});

describe('patching', () => {
  it('changes the one place, or nothing', async () => {
    const { patch, workspace, context } = await standing();
    const file = join(workspace, 'f');
    await writeFile(file, 'one\ntwo\ntwo\nthree\r\n');
    const tries = async (args: Record<string, string | boolean>) => (await call(patch, { path: 'f', ...args }, context)).text;
    expect(await tries({ old_string: 'two', new_string: '2' })).toContain('2 times');
    expect(await tries({ old_text: 'four', new_text: '4' })).toContain('does not stand in f');
    expect(await tries({ old_text: 'two  three', new_text: '4' })).toContain('only the white space differs');
    expect(await tries({ old_text: 'two', new_text: 'two', replace_all: true })).toContain('already reads like that');
    expect(await tries({ old_text: 'x', new_text: 'y', path: 'none' })).toContain('does not exist');
    expect(await readFile(file, 'utf8')).toBe('one\ntwo\ntwo\nthree\r\n');
    expect(await tries({ old_text: 'one\ntwo', new_text: '1\n$& $1' })).toBe('Changed f in 1 place.');
    expect(await readFile(file, 'utf8')).toBe('1\n$& $1\ntwo\nthree\r\n');
  });

  it('applies several edits in order, all or none, and unified diffs', async () => {
    const { patch, workspace, context } = await standing();
    const file = join(workspace, 'f');
    await writeFile(file, 'a\nb\nc\n');
    const bad = await call(
      patch,
      {
        path: 'f',
        edits: [
          { old_text: 'a', new_text: 'A' },
          { old_text: 'zzz', new_text: '' },
        ],
      },
      context,
    );
    expect(bad.text).toContain('edit 2');
    expect(await readFile(file, 'utf8')).toBe('a\nb\nc\n');
    await call(
      patch,
      {
        path: 'f',
        edits: [
          { old_text: 'a', new_text: 'A' },
          { old_text: 'A\nb', new_text: 'AB' },
        ],
      },
      context,
    );
    expect(await readFile(file, 'utf8')).toBe('AB\nc\n');
    const diff = '--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n AB\n-c\n+C\n+d\n';
    expect((await call(patch, { path: 'f', diff }, context)).isError).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('AB\nC\nd\n');
    for (const wrong of ['no hunk', '@@ @@\n+only added', '@@ @@\n*odd', '@@ @@\n-not there\n+x'])
      expect((await call(patch, { path: 'f', diff: wrong }, context)).isError).toBe(true);
  });

  it('replaces exactly what stands there, for any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), fc.string(), (before, old, after, next) => {
        const text = before + old + after;
        const result = applyEdits(text, [{ old_text: old, new_text: next, replace_all: false }], 'f');
        if (result.ok) expect(result.value.text).toBe(before + next + after);
        else expect(text.indexOf(old)).not.toBe(text.lastIndexOf(old));
      }),
    );
  });

  it('reads its own diffs back', () => {
    const line = fc.stringMatching(/^[a-z ]{0,8}$/u);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), fc.array(line, { maxLength: 6 }), (old, next) => {
        const edits = editsOfDiff(['@@ -1 +1 @@', ...old.map((text) => `-${text}`), ...next.map((text) => `+${text}`)].join('\n'));
        expect(edits.ok && edits.value).toEqual([{ old_text: old.join('\n'), new_text: next.join('\n'), replace_all: false }]);
      }),
    );
  });
});

describe('searching', () => {
  it('finds lines and names, within its folder and limits', async () => {
    const { search, workspace, context } = await standing();
    for (const folder of ['src', 'src/deep', 'node_modules/x', '.git']) await mkdir(join(workspace, folder), { recursive: true });
    await writeFile(join(workspace, 'src/a.ts'), 'const Needle = 1;\nconst other = 2;\n');
    await writeFile(join(workspace, 'src/deep/b.md'), 'a needle (here)\n');
    await writeFile(join(workspace, 'src/c.bin'), Buffer.from('needle\0'));
    await writeFile(join(workspace, 'node_modules/x/y.ts'), 'needle');
    const find = async (args: Record<string, string | boolean | number>) => (await call(search, args, context)).text;
    expect(await find({ pattern: 'needle' })).toBe('src/deep/b.md:1: a needle (here)\n(1 binary, linked or very large files were left out)');
    expect(await find({ pattern: 'needle', ignore_case: true, glob: '*.{ts,js}' })).toBe('src/a.ts:1: const Needle = 1;');
    expect(await find({ pattern: '^const \\w+ = [0-9];$', regex: true })).toContain('src/a.ts:2:');
    expect(await find({ pattern: '(', path: 'src/deep' })).toContain('b.md:1');
    expect(await find({ pattern: '**/*.md', target: 'files' })).toBe('src/deep/b.md');
    expect(await find({ pattern: 'const', limit: 1 })).toContain('stopped after 1 results');
    expect(await find({ pattern: '(', regex: true })).toContain('RE2');
    expect(await find({ pattern: '(?=x)', regex: true })).toContain('RE2');
    expect(await find({ pattern: 'x', path: '../..' })).toContain('out of the workspace');
  });

  it.each(['(a+)+$', '(a|aa)+$', '([ab]?){900}c', '(.*a){20}b', '(?:a{0,30}){0,30}b'])('does not hold up the daemon with %s', async (pattern) => {
    const { search, workspace, context } = await standing();
    await writeFile(join(workspace, 'evil'), `${'a'.repeat(1_000_000)}\n`.repeat(3));
    let [longest, since, running] = [0, performance.now(), true];
    const watch = (async () => {
      while (running) {
        await clock.sleep(1);
        longest = Math.max(longest, performance.now() - since);
        since = performance.now();
      }
    })();
    await call(search, { pattern, regex: true }, context);
    running = false;
    await watch;
    expect(longest).toBeLessThan(400);
  });

  it('ends when it is told to', async () => {
    const { search, workspace, context } = await standing();
    for (let n = 0; n < 50; n += 1) await writeFile(join(workspace, `f${n}`), 'x\n'.repeat(20_000));
    const result = await call(search, { pattern: 'nothing' }, { ...context, signal: AbortSignal.abort() });
    expect(result.text).toContain('Nothing was found');
  });
});

it('matches a line as a plain engine does', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[abc.]{1,6}$/u), fc.stringMatching(/^[abc]{0,30}$/u), (pattern, line) => {
      const matcher = lineMatcher({ pattern, regex: true, ignoreCase: false });
      expect(matcher.ok && matcher.value(line)).toBe(new RegExp(pattern, 'u').test(line));
    }),
  );
});
