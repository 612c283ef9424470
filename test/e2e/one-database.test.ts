/** One daemon on a SQLite home, several on one PostgreSQL, and a stop that loses nothing. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { statusView } from '@guildhall/protocol';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { DaemonEnded, type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { ask, ending, entriesOf, eventsOf, findApproval, pendingApproval, rehearsalOf, resultsOf, send, until } from './conversation.ts';

const config = 'model: rehearsal/default\nagents:\n  coder: { tools: coding }\n';
const rehearsal = rehearsalOf([
  {
    match: { text: 'build' },
    steps: [
      { call: { tool: 'write_file', args: { path: 'plan.txt', content: 'x' } } },
      { call: { tool: 'terminal', args: { command: ['touch', 'built.txt'] } } },
      { say: 'built' },
    ],
  },
  { match: { text: 'wait' }, steps: [{ call: { tool: 'terminal', args: { command: ['sleep', '45'] } } }, { say: 'waited: {result}' }] },
  { say: 'hello from {agent}' },
]);

/** Sooner than anything that waits for a deadline to pass. */
const soonMs = 8_000;

async function stopSoon(daemon: DaemonProcess): Promise<void> {
  const began = performance.now();
  expect(await daemon.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(soonMs);
}

/** Is this the daemon whose run began the session's newest turn? Either may be quicker to take a message up. */
async function drives(daemon: DaemonProcess, sessionKey: string): Promise<boolean> {
  const begun = (await eventsOf(daemon, `session:${sessionKey}`)).findLast((event) => event.type === 'turn.started');
  const starts = await eventsOf(daemon, 'installation');
  const own = starts.findLast((event) => event.type === 'daemon.started' && event.data?.['url'] === daemon.url);
  return begun?.data?.['holder'] === `node:${String(own?.data?.['boot'])}`;
}

describe('one home', () => {
  let place: DaemonHome;
  let daemon: DaemonProcess;
  beforeEach(async () => {
    place = createHome(config, rehearsal);
    daemon = await startDaemonProcess(place);
  });
  afterEach(async () => {
    await daemon.stop();
    place.remove();
  });

  test('takes one daemon: a second ends at once, names the first, and harms nothing', async () => {
    const second = await startDaemonProcess(place).catch((error: unknown) => error);
    expect(second).toBeInstanceOf(DaemonEnded);
    expect(second).toMatchObject({ code: 1, message: expect.stringContaining(String(daemon.pid)) });
    expect(second).toMatchObject({ message: expect.stringContaining(daemon.url) });
    expect(await ask(daemon, 'coder', 'hi')).toMatchObject({ status: 'completed', answer: expect.stringContaining('hello from coder') });
  });

  test('a stop while nothing runs, and just after an answer, is quick', async () => {
    await ask(daemon, 'coder', 'hi');
    await stopSoon(daemon);
    daemon = await startDaemonProcess(place);
    await send(daemon, 'coder', 'hi again');
    await stopSoon(daemon);
    expect(daemon.output()).toContain('Stopped.');
  });

  test('a turn that waits for a yes goes on waiting after a stop and a start, and repeats nothing', async () => {
    const { turnId, sessionKey } = await send(daemon, 'coder', 'build');
    await pendingApproval(daemon, turnId);
    await stopSoon(daemon);
    daemon = await startDaemonProcess(place);
    const approval = await pendingApproval(daemon, turnId);
    await until('the turn to be taken up', async () => (await eventsOf(daemon, `session:${sessionKey}`)).find(({ type }) => type === 'turn.resumed'));
    expect(existsSync(path.join(place.home, 'agents', 'coder', 'built.txt'))).toBe(false);
    await daemon.request('POST', `/v1/approvals/${approval.id}/approve`, {});
    const turn = await ending(daemon, turnId);
    expect(turn).toMatchObject({ status: 'completed', answer: expect.stringContaining('built'), attempts: 2 });
    expect((await resultsOf(daemon, turn)).map(({ tool, outcome }) => [tool, outcome])).toEqual([
      ['write_file', 'done'],
      ['terminal', 'done'],
    ]);
    expect(await findApproval(daemon, turnId)).toBeUndefined();
    expect(existsSync(path.join(place.home, 'agents', 'coder', 'built.txt'))).toBe(true);
  });

  test('a command that runs is ended with the daemon, and the agent is told when its turn goes on', async () => {
    const { turnId, sessionKey } = await send(daemon, 'coder', 'wait');
    await until('the command to run', async () => (await entriesOf(daemon, sessionKey)).find(({ kind }) => kind === 'tool-started'));
    await stopSoon(daemon);
    daemon = await startDaemonProcess(place);
    const turn = await ending(daemon, turnId);
    expect(turn).toMatchObject({ status: 'completed', attempts: 2, answer: expect.stringContaining('waited') });
    expect((await resultsOf(daemon, turn)).map(({ outcome }) => outcome)).toEqual(['cancelled']);
  });
});

const postgres = inject('postgres');

describe.skipIf('missing' in postgres)('one PostgreSQL', () => {
  const database = `e2e_${process.pid}`;
  let admin: pg.Client;
  let databaseUrl: string;
  let places: readonly DaemonHome[];
  let daemons: readonly [DaemonProcess, DaemonProcess];

  beforeAll(async () => {
    const url = 'url' in postgres ? postgres.url : '';
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`create database ${database}`);
    databaseUrl = url.replace('/postgres?', `/${database}?`);
    const [first, second] = [createHome(config, rehearsal), createHome(config, rehearsal)];
    places = [first, second];
    daemons = [await startDaemonProcess(first, { databaseUrl }), await startDaemonProcess(second, { databaseUrl })];
  });
  afterAll(async () => {
    for (const daemon of daemons) await daemon.stop();
    for (const place of places) place.remove();
    await admin.query(`drop database ${database} with (force)`);
    await admin.end();
  });

  test('takes a second daemon, and what one accepted the other shows', async () => {
    const [one, other] = daemons;
    expect(statusView.parse((await other.request('GET', '/v1/status'))?.body).database.kind).toBe('postgres');
    const { turnId, sessionKey } = await send(one, 'coder', 'hi');
    const turn = await ending(other, turnId);
    expect(turn).toMatchObject({ status: 'completed', attempts: 1, answer: expect.stringContaining('hello from coder') });
    expect(await entriesOf(other, sessionKey)).toEqual(await entriesOf(one, sessionKey));
    expect(await ask(other, 'coder', 'hi')).toMatchObject({ status: 'completed', sessionKey });
  });

  test('a turn that waits for a yes is answered through the other daemon, which carries on with it when the first one stops', async () => {
    const { turnId, sessionKey } = await send(daemons[0], 'coder', 'build', 'site');
    await pendingApproval(daemons[0], turnId);
    const [one, other] = (await drives(daemons[0], sessionKey)) ? daemons : daemons.toReversed();
    if (one === undefined || other === undefined) throw new Error('there are two daemons');
    await stopSoon(one);
    await until('the other daemon to take the turn up', async () => {
      const turn = (await other.request('GET', `/v1/turns/${turnId}`))?.body;
      return typeof turn === 'object' && turn !== null && 'attempts' in turn && turn.attempts === 2 ? turn : undefined;
    });
    await other.request('POST', `/v1/approvals/${(await pendingApproval(other, turnId)).id}/approve`, {});
    const turn = await ending(other, turnId);
    expect(turn).toMatchObject({ status: 'completed', attempts: 2 });
    expect((await resultsOf(other, turn)).map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  });
});
