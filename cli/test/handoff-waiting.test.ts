import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HandoffView } from '@guildhall/protocol';
import { startHandoffDaemon, type HandoffDaemon } from './handoff-daemon.ts';
import { runInside, startProgram } from './run-program.ts';
import { openHandoff, sampleHandoff } from './sample-handoff.ts';

let daemon: HandoffDaemon;

beforeEach(async () => {
  daemon = await startHandoffDaemon();
  daemon.answerTo = () => ({ ...openHandoff('queued'), duplicate: false });
  daemon.handoffs.set('hnd_1', openHandoff('queued'));
});
afterEach(() => daemon.remove());

const dispatch = ['handoffs', 'dispatch', '--from', 'director', '--to', 'frontend', 'Review the homepage.', '--wait'];
const waiting = (...more: readonly string[]) => runInside([...dispatch, ...more], { home: daemon.home });
const followed = async () => {
  await expect.poll(() => daemon.followers(), { timeout: 10_000 }).toBe(1);
};

describe('dispatch --wait', () => {
  test('tells on stderr how it goes, and on stdout what came of it', async () => {
    const ran = waiting();
    await followed();
    daemon.happen('handoff.requested', openHandoff('queued'));
    daemon.happen('handoff.queued', openHandoff('queued'));
    daemon.happen('handoff.started', openHandoff('running'));
    daemon.happen('handoff.progressed', openHandoff('running', { progress: 'half' }), { text: 'half\nof \u001b[31mit' });
    daemon.happen('handoff.finished', sampleHandoff());
    const { code, stdout, stderr } = await ran;
    expect(code).toBe(0);
    expect(stderr).toBe(`· asked hnd_1\n· queued\n· started\n· says half of \\x1b[31mit\n`);
    expect(stdout).toBe('✓ director → frontend  succeeded  hnd_1\nNothing is broken.\n');
  });

  test('with --json prints the record at its end', async () => {
    const ran = waiting('--json');
    await followed();
    daemon.happen('handoff.finished', sampleHandoff());
    const { code, stdout } = await ran;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ...sampleHandoff(), duplicate: false });
  });

  test.each<readonly [number, Parameters<HandoffDaemon['happen']>[0], Partial<HandoffView>]>([
    [0, 'handoff.finished', {}],
    [1, 'handoff.finished', { outcome: 'failed', reason: 'it broke' }],
    [1, 'handoff.finished', { outcome: 'gave-up' }],
    [1, 'handoff.uncertain', { status: 'uncertain', outcome: null, reason: 'nobody knows' }],
    [3, 'handoff.refused', { status: 'refused', outcome: null, reason: 'a person said no' }],
    [3, 'handoff.cancelled', { status: 'cancelled', outcome: null, reason: 'called off' }],
  ])('exit %i after %s %o', async (exit, type, changes) => {
    const ran = waiting();
    await followed();
    daemon.happen(type, sampleHandoff(changes));
    const { code, stdout } = await ran;
    expect(code).toBe(exit);
    expect(stdout).toContain(changes.reason ?? '');
  });

  test('is exit 6 when its time is over, and it goes on', async () => {
    const ran = await waiting('--timeout', '1s');
    expect(ran.code).toBe(6);
    expect(ran.stderr).toContain('The time is over; it goes on.');
    expect(ran.stdout).toContain('queued  hnd_1');
    expect(daemon.asked).not.toContain('post /v1/handoffs/{id}/cancel');
  });

  test('says what a person has to do when it waits for one, or is paused', async () => {
    const ran = waiting();
    await followed();
    daemon.happen('handoff.awaiting-approval', openHandoff('awaiting-approval', { approval: { id: 'apr_7', status: 'pending' } }));
    await expect.poll(() => daemon.asked.filter((route) => route === 'get /v1/handoffs/{id}').length).toBe(1);
    daemon.happen('handoff.paused', openHandoff('paused', { reason: 'telegram does not answer' }));
    await expect.poll(() => daemon.asked.filter((route) => route === 'get /v1/handoffs/{id}').length).toBe(2);
    daemon.happen('handoff.finished', sampleHandoff());
    const { stderr } = await ran;
    expect(stderr).toContain('It waits for you: guildhall approvals show apr_7, then approve or deny');
    expect(stderr).toContain('! paused telegram does not answer\n  Announce it again: guildhall handoffs resume hnd_1');
  });

  test('of what was asked for before and has ended does not wait', async () => {
    daemon.answerTo = () => ({ ...sampleHandoff(), duplicate: true });
    const ran = await waiting();
    expect(ran).toMatchObject({ code: 0, stderr: 'This was asked for before; nothing new runs. It is hnd_1\n' });
    expect(daemon.asked).not.toContain('get /v1/events');
  });

  test('goes on over a restart of the daemon, and tells nothing twice', async () => {
    const ran = waiting();
    await followed();
    daemon.happen('handoff.started', openHandoff('running'));
    await expect.poll(() => daemon.asked.filter((route) => route === 'get /v1/events').length).toBe(1);
    await daemon.stop();
    daemon.happen('handoff.finished', sampleHandoff());
    await daemon.start();
    const { code, stderr } = await ran;
    expect(code).toBe(0);
    expect(stderr.match(/started/g)).toHaveLength(1);
  });

  test('Ctrl-C leaves it going, and says how to call it off', async () => {
    const running = startProgram(dispatch, { home: daemon.home });
    await followed();
    daemon.happen('handoff.started', openHandoff('running'));
    await running.until('started');
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended).toMatchObject({ code: 130, stdout: '' });
    expect(ended.stderr).toContain('The handoff goes on. Call it off: guildhall handoffs cancel hnd_1');
    expect(daemon.asked).not.toContain('post /v1/handoffs/{id}/cancel');
  });
});
