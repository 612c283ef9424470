import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFileBytes, writeFileBytes } from '../src/workspace/files.ts';
import { parsePath } from '../src/workspace/path-text.ts';
import { walkWorkspace } from '../src/workspace/walk.ts';
import { admitted, freshWorkspace, until } from './support.ts';

const canary = 'CANARY';
const names = ['a', 'b', 'c', 'link', 'x.txt'] as const;

type Planted = { readonly at: readonly string[]; readonly kind: 'folder' | 'file' | 'link'; readonly to: string };

const somePath = fc.array(fc.constantFrom(...names, '..', '.', '', '~', '...', 'a ', 'outside', 'OUTSIDE'), { minLength: 1, maxLength: 6 });
const planted: fc.Arbitrary<Planted> = fc.record({
  at: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
  kind: fc.constantFrom('folder', 'file', 'link', 'link'),
  to: fc.constantFrom('..', '../outside', '../../outside', '../outside/secret.txt', '/etc', 'a', 'b', '.', '/proc/self/root', 'link', '../workspace'),
});

/** Makes the tree, never through one of its own links. */
async function plant(workspace: string, trees: readonly Planted[]): Promise<void> {
  for (const { at, kind, to } of trees) {
    const parent = join(workspace, ...at.slice(0, -1));
    if ((await realpath(parent).catch(() => null)) !== parent) continue;
    const path = join(workspace, ...at);
    const ignored = () => undefined;
    await (kind === 'folder' ? mkdir(path) : kind === 'file' ? writeFile(path, 'inside', { flag: 'wx' }) : symlink(to, path)).catch(ignored);
  }
}

describe('whatever the tree and the path', () => {
  it('nothing outside the workspace is read or written', async () => {
    const { outside: top, workspace } = await freshWorkspace();
    const outside = join(top, 'outside');
    const held = await admitted(workspace);
    let reads = 0;
    let writes = 0;
    const property = fc.asyncProperty(
      fc.array(planted, { maxLength: 12 }),
      somePath,
      fc.boolean(),
      fc.string({ maxLength: 8, unit: 'binary' }),
      async (trees, parts, absolute, noise) => {
        for (const name of await readdir(workspace)) await rm(join(workspace, name), { recursive: true, force: true });
        await rm(outside, { recursive: true, force: true });
        await mkdir(outside);
        await writeFile(join(outside, 'secret.txt'), canary);
        await plant(workspace, trees);
        const before = (await readdir(top)).toSorted();

        for (const text of [parts.join('/'), `${parts.join('/')}${noise}`, ...(absolute ? [`${workspace}/${parts.join('/')}`, `/${parts.join('/')}`] : [])]) {
          const path = parsePath(text, workspace);
          if (!path.ok) continue;
          const read = await readFileBytes(held, path.value, 1000);
          if (read.ok) {
            reads += 1;
            expect(['inside', 'written']).toContain(read.value.bytes.toString('utf8'));
          }
          const written = await writeFileBytes(held, path.value, Buffer.from('written'));
          if (written.ok) writes += 1;
          await walkWorkspace(held, '.', { mostEntries: 1000 }, async (entry) => {
            expect(entry.name).not.toBe('secret.txt');
          });
        }
        expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe(canary);
        expect(await readdir(outside)).toEqual(['secret.txt']);
        expect((await readdir(top)).toSorted()).toEqual(before);
      },
    );
    await fc.assert(property, { numRuns: 400 });
    expect(reads).toBeGreaterThan(10);
    expect(writes).toBeGreaterThan(50);
  }, 60_000);
});

describe('while another process swaps a folder for a link', () => {
  it('never reads or writes through the link', async () => {
    const { outside: top, workspace } = await freshWorkspace();
    const outside = join(top, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'file.txt'), canary);
    await mkdir(join(workspace, 'real'));
    await writeFile(join(workspace, 'real', 'file.txt'), 'inside');
    await symlink(outside, join(workspace, 'fake'));
    const swapper = spawn(
      'python3',
      [
        '-c',
        `import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
print('ready', flush=True)
while True:
    libc.renameat2(-100, b'real', -100, b'fake', 2)`,
      ],
      { cwd: workspace, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let ready = false;
    swapper.stdout.on('data', () => {
      ready = true;
    });
    try {
      await until(() => ready);
      const held = await admitted(workspace);
      const end = performance.now() + 3000;
      let [reads, refusals] = [0, 0];
      while (performance.now() < end) {
        const read = await readFileBytes(held, 'real/file.txt', 1000);
        if (read.ok) {
          reads += 1;
          expect(read.value.bytes.toString('utf8')).not.toBe(canary);
        } else refusals += 1;
        await writeFileBytes(held, 'real/file.txt', Buffer.from('inside'));
        await writeFileBytes(held, 'real/planted.txt', Buffer.from('inside'));
      }
      expect(reads).toBeGreaterThan(20);
      expect(refusals).toBeGreaterThan(20);
      expect(await readdir(outside)).toEqual(['file.txt']);
      expect(await readFile(join(outside, 'file.txt'), 'utf8')).toBe(canary);
    } finally {
      swapper.kill('SIGKILL');
    }
  }, 30_000);
});
