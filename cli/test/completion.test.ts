import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInside } from './run-program.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'guildhall-completion-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function scriptFor(shell: string): Promise<string> {
  const ran = await runInside(['completion', shell], { home: folder });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const file = path.join(folder, `completion.${shell}`);
  writeFileSync(file, ran.stdout);
  return file;
}

/** What bash offers after these words. */
function offered(script: string, words: readonly string[]): readonly string[] {
  const list = words.map((word) => `'${word}'`).join(' ');
  const code = `source ${script}; COMP_WORDS=(guildhall ${list}); COMP_CWORD=${words.length}; _guildhall; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const ran = spawnSync('bash', ['--norc', '-c', code], { encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  return ran.stdout.split('\n').filter((word) => word !== '');
}

describe('bash', () => {
  test.each([
    [['se'], ['sessions']],
    [
      ['sessions', ''],
      ['list', 'show', 'export', 'cancel', '--json', '--help'],
    ],
    [['sessions', 'list', '--a'], ['--agent']],
    [['sessions', '--json', 'l'], ['list']],
    [['costs', '--by', 'd'], ['day']],
    [
      ['approvals', 'list', '--status', ''],
      ['pending', 'approved', 'denied', 'expired', 'used'],
    ],
    [['completion', 'z'], ['zsh']],
    [['sessions', 'list', '--agent', ''], []],
    [['k'], ['kanban']],
    [
      ['kanban', 'l'],
      ['list', 'link', 'lanes'],
    ],
    [
      ['kanban', 'lanes', 'r'],
      ['register', 'resume', 'rotate-token'],
    ],
    [
      ['kanban', 'lanes', 'register', 'factory', '--kind', ''],
      ['persistent', 'spawnable'],
    ],
    [
      ['kanban', 'block', 'tsk_1', 'because', '--kind', ''],
      ['dependency', 'needs_input', 'capability', 'transient'],
    ],
    [
      ['roles', 'r'],
      ['runs', 'retire', 'reopen', 'rotate'],
    ],
    [
      ['roles', 'invoke', 'task', '--role', ''],
      ['lead', 'planner', 'developer', 'validator', 'release'],
    ],
    [
      ['roles', 'invoke', '--mode', ''],
      ['persistent', 'delegated'],
    ],
    [
      ['findings', 'report', 'title', '--severity', ''],
      ['critical', 'high', 'medium', 'low', 'info'],
    ],
    [
      ['findings', 'list', '--status', 'r'],
      ['reported', 'remediated', 'rejected'],
    ],
    [
      ['plans', 'list', '--status', ''],
      ['open', 'completed'],
    ],
    [['skills', 'p'], ['policy']],
    [
      ['skills', 'policy', ''],
      ['show', 'diff', 'history', 'propose', 'approve', '--json', '--help'],
    ],
    [
      ['schedules', 'create', 'n', 'p', '--catch-up', ''],
      ['one', 'all', 'none'],
    ],
    [['costs', '--by', 'p'], ['plan']],
    [['nonsense', 'x'], []],
  ])('after %j', async (words, expected) => {
    expect(offered(await scriptFor('bash'), words)).toEqual(expected);
  });

  test('does not offer what is not there yet', async () => {
    expect(offered(await scriptFor('bash'), ['suba'])).toEqual([]);
    expect(offered(await scriptFor('bash'), ['db', 'm'])).toEqual([]);
  });
});

describe.each(['zsh', 'fish'])('%s', (shell) => {
  test.skipIf(spawnSync(shell, ['--version']).error !== undefined)('reads the script', async () => {
    const ran = spawnSync(shell, ['-n', await scriptFor(shell)], { encoding: 'utf8' });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
  });

  test.skipIf(shell !== 'fish' || spawnSync('fish', ['--version']).error !== undefined)('offers words, options and values', async () => {
    const script = await scriptFor('fish');
    const offers = (line: string) => {
      const ran = spawnSync('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`], { encoding: 'utf8' });
      expect(ran.stderr).toBe('');
      return ran.stdout
        .split('\n')
        .flatMap((offer) => offer.split('\t').slice(0, 1))
        .filter((word) => word !== '');
    };
    expect(offers('guildhall --json sess')).toEqual(['sessions']);
    expect(offers('guildhall sessions ')).toEqual(expect.arrayContaining(['list', 'show', 'export', 'cancel']));
    expect(offers('guildhall costs --by ').toSorted()).toEqual(['agent', 'day', 'edge', 'lane', 'plan']);
    expect(offers('guildhall sessions list --a')).toEqual(['--agent']);
  });

  test('knows every noun', async () => {
    const ran = await runInside(['completion', shell], { home: folder });
    for (const noun of ['agents', 'sessions', 'approvals', 'tokens', 'kanban lanes', 'plans', 'roles', 'findings', 'skills policy', 'schedules', 'handoffs'])
      expect(ran.stdout).toContain(noun);
    expect(ran.stdout).not.toContain('subagents');
  });
});
