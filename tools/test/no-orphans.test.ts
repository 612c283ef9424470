import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { terminalTool } from '../src/commands/terminal.ts';
import { createProcessTable } from '../src/commands/process-table.ts';
import { processTool } from '../src/commands/process.ts';
import { endEarlierRuns } from '../src/commands/stray-processes.ts';
import { processesWith, surroundings } from './commands-support.ts';
import { call, contextFor, freshWorkspace, idOf, ids, until } from './support.ts';

/** A number of seconds no other process sleeps for, to find the sleeper by. */
const uniqueSleep = () => `9${randomInt(100_000, 999_999)}`;

const escapes: readonly (readonly [how: string, script: (seconds: string) => string])[] = [
  ['hangs', (s) => `exec sleep ${s}`],
  ['ignores SIGTERM', (s) => `trap '' TERM; sleep ${s} & wait; sleep ${s}`],
  ['forks and holds the output open', (s) => `sleep ${s} & sleep ${s} & exit 0`],
  ['starts a new session', (s) => `setsid sleep ${s} & exit 0`],
  ['daemonises with closed output', (s) => `setsid sh -c 'sleep ${s} & exit 0' >/dev/null 2>&1 </dev/null & exit 0`],
  ['closes every file it was given', (s) => `setsid sh -c 'exec 3>&-; sleep ${s} & exit 0' >/dev/null 2>&1 </dev/null & exit 0`],
  ['clears its environment in a new session', (s) => `env -i PATH="$PATH" setsid sleep ${s} & exit 0`],
  [
    'clears its environment, new session, closed output, living parent',
    (s) => `env -i PATH="$PATH" setsid sleep ${s} >/dev/null 2>&1 </dev/null & sleep 1; exit 0`,
  ],
];

describe.each(escapes)('a command that %s', (_how, script) => {
  it('is gone with everything it started when the call answers', async () => {
    const { workspace } = await freshWorkspace();
    const seconds = uniqueSleep();
    const result = await call(terminalTool(surroundings(), []), { command: script(seconds), shell: true, timeout_seconds: 2 }, contextFor(workspace));
    expect(result.text).not.toBe('');
    expect(processesWith(`sleep ${seconds}`)).toEqual([]);
  }, 20_000);
});

it('says that it was a timeout, and how long it lasted', async () => {
  const { workspace } = await freshWorkspace();
  const started = performance.now();
  const result = await call(terminalTool(surroundings(), []), { command: 'echo begun; sleep 60', shell: true, timeout_seconds: 1 }, contextFor(workspace));
  expect(result).toMatchObject({ isError: true, data: { stopped: 'timed-out' } });
  expect(result.text).toContain('begun');
  expect(result.text).toContain('timeout');
  expect(performance.now() - started).toBeLessThan(5000);
});

it('ends soon after the call is aborted', async () => {
  const { workspace } = await freshWorkspace();
  const seconds = uniqueSleep();
  const aborting = new AbortController();
  const running = call(terminalTool(surroundings(), []), { command: ['sleep', seconds] }, contextFor(workspace, { signal: aborting.signal }));
  await until(() => processesWith(`sleep ${seconds}`).length === 1);
  aborting.abort();
  const since = performance.now();
  expect(await running).toMatchObject({ isError: true, data: { stopped: 'cancelled' } });
  expect(performance.now() - since).toBeLessThan(3000);
  expect(processesWith(`sleep ${seconds}`)).toEqual([]);
});

it('does not start when the call is aborted already, or ends at once', async () => {
  const { workspace } = await freshWorkspace();
  const seconds = uniqueSleep();
  const result = await call(terminalTool(surroundings(), []), { command: ['sleep', seconds] }, contextFor(workspace, { signal: AbortSignal.abort() }));
  expect(result.isError).toBe(true);
  expect(processesWith(`sleep ${seconds}`)).toEqual([]);
});

it('ends programs of the background when they are stopped, and all at the end of the daemon', async () => {
  const { workspace } = await freshWorkspace();
  const table = createProcessTable(ids);
  const tool = processTool(surroundings(), table, []);
  const [first, second] = [uniqueSleep(), uniqueSleep()];
  const started = await call(tool, { action: 'start', command: `setsid sleep ${first} & sleep ${first}`, shell: true }, contextFor(workspace));
  await call(tool, { action: 'start', command: `setsid sleep ${second} & exit 0`, shell: true }, contextFor(workspace));
  await until(() => processesWith(`sleep ${first}`).length >= 2);
  await call(tool, { action: 'stop', id: idOf(started) }, contextFor(workspace));
  expect(processesWith(`sleep ${first}`)).toEqual([]);
  await table.closeAll();
  await until(() => processesWith(`sleep ${second}`).length === 0);
  expect((await call(tool, { action: 'start', command: ['sleep', '1'] }, contextFor(workspace))).data).toMatchObject({ refused: 'draining' });
});

it('ends what an earlier run of the daemon left behind, and nothing else', async () => {
  const { workspace } = await freshWorkspace();
  const [old, current, foreign] = [uniqueSleep(), uniqueSleep(), uniqueSleep()];
  const start = (markerPrefix: string, seconds: string) =>
    call(processTool(surroundings({ markerPrefix }), table, []), { action: 'start', command: ['sleep', seconds] }, contextFor(workspace));
  const table = createProcessTable(ids);
  const home = ids.next('home');
  await start(`${home}.1.`, old);
  await start(`${home}.2.`, current);
  await start(`${home}x.1.`, foreign);
  await until(() => [old, current, foreign].every((seconds) => processesWith(`sleep ${seconds}`).length === 1));
  expect(await endEarlierRuns(`${home}.`, `${home}.2.`)).toBe(1);
  await until(() => processesWith(`sleep ${old}`).length === 0);
  expect(processesWith(`sleep ${current}`)).toHaveLength(1);
  expect(processesWith(`sleep ${foreign}`)).toHaveLength(1);
  await table.closeAll();
});

it('stops a program that floods, within bounded memory', async () => {
  const { workspace } = await freshWorkspace();
  await writeFile(join(workspace, 'line'), 'x'.repeat(1000));
  const result = await call(terminalTool(surroundings(), []), { command: ['yes', 'flood'], timeout_seconds: 30 }, contextFor(workspace));
  expect(result.data).toMatchObject({ stopped: 'too-much-output' });
  expect(result.text.length).toBeLessThan(60_000);
}, 40_000);
