/** One message to the director: four colleagues are asked, each in its own chat, and the director sums up once. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type EntryView, handoffExplanation } from '@guildhall/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { databases } from '../board/own-database.ts';
import { ask, entriesOf, eventsOf, rehearsalOf, until } from '../e2e/conversation.ts';
import { createHome, type DaemonHome, type DaemonProcess, startDaemonProcess } from '../harness/daemon-process.ts';
import { listHandoffs, quiet } from './handoff-world.ts';
import { modelLines, openModel } from './open-model.ts';

const config = readFileSync(path.join(import.meta.dirname, 'release-team.yaml'), 'utf8');
const chats = { backend: '-1000000000002', frontend: '-1000000000003', qa: '-1000000000004', sre: '-1000000000005' } as const;
const colleagues = Object.keys(chats);

const round = colleagues.map((agent) => ({ tool: 'dispatch_handoff', args: { target: agent, task: `Say whether ${agent} is ready for the release.` } }));

const rehearsal = rehearsalOf([
  {
    match: { agent: 'director', text: 'are we ready' },
    steps: [{ say: 'I ask the four.', calls: round }, { say: 'Asked. I sum up when they have answered.' }],
  },
  { match: { agent: 'director' }, say: 'The round in short: {text}' },
  { match: { text: 'is ready for the release' }, steps: [{ say: 'I look.', call: { tool: 'todo', args: { todos: [] } } }, { say: '{agent} is ready.' }] },
]);

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of running.splice(0)) await end();
});

async function start(place: DaemonHome, database?: Parameters<typeof startDaemonProcess>[1]): Promise<DaemonProcess> {
  const daemon = await startDaemonProcess(place, database);
  running.push(async () => {
    await daemon.stop();
    place.remove();
  });
  return daemon;
}

describe.each(databases)('the release round on %s', (_kind, open) => {
  test('rehearsed', { timeout: 90_000 }, async () => {
    const database = await open();
    const daemon = await start(createHome(`${config}\nmodel: rehearsal/default\n`, rehearsal), database.start);
    running.push(database.drop);
    await expectRound(daemon, 'rehearsed');
  });
});

test('the release round with a model behind a server', { timeout: 90_000 }, async () => {
  const model = await openModel(['director', ...colleagues], ({ agent, text, steps }) => {
    if (agent !== 'director') return steps === 0 ? { say: 'I look.', calls: [{ tool: 'todo', args: { todos: [] } }] } : { say: `${agent} is ready.` };
    if (!text.includes('are we ready')) return { say: `The round in short: ${text}` };
    return steps === 0 ? { say: 'I ask the four.', calls: round } : { say: 'Asked. I sum up when they have answered.' };
  });
  const daemon = await start(createHome(`${config}\n${modelLines(model)}`));
  running.push(async () => void (await model.close()));
  await expectRound(daemon, 'asked');
});

async function expectRound(daemon: DaemonProcess, how: string): Promise<void> {
  const turn = await ask(daemon, 'director', 'are we ready?');
  expect(turn, how).toMatchObject({ status: 'completed' });
  const summary = await until('the summary of the director', async () => (await summaries(daemon, turn.sessionKey)).at(0));
  await quiet(daemon, 30_000);
  expect(await summaries(daemon, turn.sessionKey)).toHaveLength(1);
  for (const agent of colleagues) expect(summary.text).toContain(`${agent} is ready.`);
  const handoffs = await listHandoffs(daemon);
  expect(handoffs.map(({ target }) => target).toSorted()).toEqual(colleagues.toSorted());
  for (const [agent, chat] of Object.entries(chats)) {
    const handoff = handoffs.find(({ target }) => target === agent);
    expect(handoff).toMatchObject({
      source: 'director',
      targetChat: `telegram:${chat}`,
      status: 'finished',
      outcome: 'succeeded',
      depth: 1,
      requestedBy: 'agent:director',
    });
    expect(handoff?.result).toBe(`${agent} is ready.`);
    expect(handoff?.targetSession).toBe(`agent:${agent}:telegram:group:chat=${chat}`);
    await expectVisible(daemon, handoff?.targetSession ?? '', agent);
    await expectReceipts(daemon, handoff?.id ?? '');
  }
}

async function summaries(daemon: DaemonProcess, sessionKey: string): Promise<readonly EntryView[]> {
  return (await entriesOf(daemon, sessionKey)).filter(({ kind, text }) => kind === 'answer' && text.startsWith('The round in short'));
}

/** Notice, then what was done, then the result, all in the chat of the colleague. */
async function expectVisible(daemon: DaemonProcess, sessionKey: string, agent: string): Promise<void> {
  const entries = await entriesOf(daemon, sessionKey);
  const notice = entries.findIndex(({ kind, text }) => kind === 'answer' && text.includes('director') && text.includes('ready for the release'));
  const progress = entries.findIndex(({ kind, text }) => kind === 'model-step' && text.includes('I look.'));
  const result = entries.findIndex(({ kind, text }) => kind === 'answer' && text === `${agent} is ready.`);
  expect(
    [notice, progress, result].every((at) => at >= 0),
    JSON.stringify(entries.map(({ kind, text }) => [kind, text.slice(0, 80)])),
  ).toBe(true);
  expect(notice).toBeLessThan(progress);
  expect(progress).toBeLessThan(result);
  const begun = entries.filter(({ kind }) => kind === 'message');
  expect(begun.at(-1)?.text).toContain('director');
}

/** Everything about it stands in its stream, in order, once; and each guardrail was asked twice. */
async function expectReceipts(daemon: DaemonProcess, id: string): Promise<void> {
  const told = (await eventsOf(daemon, `handoff:${id}`)).map(({ type }) => type).filter((type) => type !== 'handoff.progressed');
  expect(told).toEqual(['handoff.requested', 'handoff.queued', 'handoff.started', 'handoff.finished', 'handoff.summed-up']);
  const { decisions, lineage } = handoffExplanation.parse((await daemon.request('GET', `/v1/handoffs/${id}/decision`))?.body);
  expect(decisions.map(({ moment, verdict }) => [moment, verdict])).toEqual([
    ['requested', 'allow'],
    ['starting', 'allow'],
  ]);
  expect(lineage.map(({ via }) => via)).toEqual(['message', 'handoff']);
}
