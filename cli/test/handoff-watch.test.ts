import { handoffView } from '@guildhall/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHandoffDaemon, type HandoffDaemon } from './handoff-daemon.ts';
import { startProgram, type Running } from './run-program.ts';
import { openHandoff, sampleHandoff } from './sample-handoff.ts';

let daemon: HandoffDaemon;
let running: Running | undefined;

beforeEach(async () => {
  daemon = await startHandoffDaemon();
});
afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  await daemon.remove();
});

async function watch(words: readonly string[], variables: { readonly [name: string]: string } = {}): Promise<Running> {
  running = startProgram(['handoffs', 'list', '--watch', ...words], { home: daemon.home, variables });
  await expect.poll(() => daemon.followers(), { timeout: 10_000 }).toBe(1);
  return running;
}

const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => handoffView.parse(JSON.parse(line)));

describe('list --watch on a pipe', () => {
  test.each([[[]], [['--json']]])('%j is one record on each line, those there are and then each that changed', async (flags) => {
    daemon.handoffs.set('hnd_1', openHandoff('queued'));
    const watched = await watch(flags);
    daemon.happen('handoff.started', openHandoff('running'));
    daemon.happen('handoff.queued', openHandoff('queued', { id: 'hnd_2', task: 'A \u202e task' }));
    await watched.until('hnd_2');
    daemon.happen('handoff.finished', sampleHandoff());
    await watched.until('succeeded');
    expect(rowsOf(watched.stdout()).map(({ id, status }) => [id, status])).toEqual([
      ['hnd_1', 'queued'],
      ['hnd_1', 'running'],
      ['hnd_2', 'queued'],
      ['hnd_1', 'finished'],
    ]);
    expect(watched.stdout()).not.toContain('\u202e');
    watched.child.kill('SIGINT');
    expect((await watched.ended).code).toBe(130);
  });

  test('tells nothing that did not change and nothing that was not asked for, but the end of what was', async () => {
    daemon.handoffs.set('hnd_1', openHandoff('running'));
    const watched = await watch(['--open', '--from', 'director']);
    daemon.happen('handoff.progressed', openHandoff('running'));
    daemon.happen('handoff.queued', openHandoff('queued', { id: 'hnd_other', source: 'ops', sourceSession: 'agent:ops:main' }));
    daemon.happen('handoff.finished', sampleHandoff({ id: 'hnd_ended' }));
    daemon.happen('handoff.finished', sampleHandoff());
    daemon.happen('handoff.queued', openHandoff('queued', { id: 'hnd_last' }));
    await watched.until('hnd_last');
    expect(rowsOf(watched.stdout()).map(({ id, status }) => [id, status])).toEqual([
      ['hnd_1', 'running'],
      ['hnd_1', 'finished'],
      ['hnd_last', 'queued'],
    ]);
  });
});

describe('list --watch on a terminal', () => {
  const terminal = { TEST_TTY: 'stdout', COLUMNS: '100' };

  test('draws the table again in place', async () => {
    daemon.handoffs.set('hnd_1', openHandoff('queued'));
    const watched = await watch([], terminal);
    await watched.until('hnd_1');
    daemon.happen('handoff.finished', sampleHandoff());
    await watched.until('succeeded');
    const drawings = watched.stdout().split('\u001b[2A\r\u001b[J');
    expect(drawings.length).toBeGreaterThanOrEqual(2);
    expect(drawings[0]).toContain('queued');
    expect(drawings.at(-1)).toContain('succeeded');
    expect(drawings.at(-1)).not.toContain('queued');
  });

  test('is not drawn over more lines than the terminal has', async () => {
    for (let at = 0; at < 40; at += 1) daemon.handoffs.set(`hnd_${at}`, openHandoff('queued', { id: `hnd_${at}`, requestedAt: at }));
    const watched = await watch([], terminal);
    await watched.until(/and \d+ more/);
    expect(watched.stdout().trimEnd().split('\n').length).toBeLessThanOrEqual(24);
  });

  test('where lines cannot be rewritten it is a line for each change', async () => {
    daemon.handoffs.set('hnd_1', openHandoff('queued'));
    const watched = await watch([], { ...terminal, TERM: 'dumb' });
    daemon.happen('handoff.finished', sampleHandoff());
    await watched.until('succeeded');
    expect(watched.stdout()).toBe('· director → frontend  queued  hnd_1\n✓ director → frontend  succeeded  hnd_1\n');
  });
});
