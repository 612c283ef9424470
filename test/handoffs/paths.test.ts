/** Work that goes round in circles comes to an end: by whatever steps an agent makes others work, the chain stops at the configured depth, and what was refused is on record. */
import { toolNames } from '@guildhall/agents';
import { type EventView, handoffExplanation, handoffView, type HandoffView, routes } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { databases, type TestDatabase } from '../board/own-database.ts';
import { eventsOf, send } from '../e2e/conversation.ts';
import { createHome, type DaemonHome, type DaemonProcess, startDaemonProcess } from '../harness/daemon-process.ts';
import { quiet } from './handoff-world.ts';
import { type ModelServer, modelLines, openModel } from './open-model.ts';
import { type Step, type StepKind, walk, walkingTools, walkOn } from './walking-model.ts';

const deepestHandoffs = 2;
const deepestChain = 5;
const agents = ['alpha', 'beta', 'gamma'];

function configFor(model: ModelServer): string {
  return `${modelLines(model)}
agents:
  alpha: { default: true }
  beta: {}
  gamma: {}
roles:
  lead: { agent: alpha }
  developer: { agent: beta }
  validator: { agent: gamma }
limits: { chain_depth: ${deepestChain} }
session_triggers:
  enabled: true
  sources:
${agents.map((agent) => `    ${agent}: { allowed_targets: [${agents.filter((one) => one !== agent).join(', ')}], max_depth: ${deepestHandoffs}, max_per_hour: 1000, max_concurrent_targets: 8 }`).join('\n')}
  targets:
${agents.map((agent) => `    ${agent}: { max_waiting: 200 }`).join('\n')}
`;
}

/** Every tool there is: does it make somebody else work? A new one has to be put here, and those that do among the steps of the walks. */
const startsWork: Readonly<Record<(typeof toolNames)[number], StepKind | 'finding' | 'later' | 'no'>> = {
  dispatch_handoff: 'handoff',
  kanban_create: 'task',
  delegate_task: 'delegate',
  invoke_role: 'role',
  report_finding: 'finding',
  dispose_finding: 'finding',
  answer_finding: 'finding',
  revalidate_finding: 'finding',
  spawn_background_subagent: 'later',
  send_background_subagent: 'later',
  list_background_subagents: 'no',
  poll_background_subagent: 'no',
  get_background_subagent_status: 'no',
  stop_background_subagent: 'no',
  terminal: 'no',
  process: 'no',
  execute_code: 'no',
  read_file: 'no',
  write_file: 'no',
  patch: 'no',
  search_files: 'no',
  web_search: 'no',
  web_extract: 'no',
  memory: 'no',
  todo: 'no',
  clarify: 'no',
  session_search: 'no',
  send_message: 'no',
  vision_analyze: 'no',
  text_to_speech: 'no',
  image_generate: 'no',
  kanban_show: 'no',
  kanban_list: 'no',
  kanban_complete: 'no',
  kanban_block: 'no',
  kanban_unblock: 'no',
  kanban_heartbeat: 'no',
  kanban_comment: 'no',
  kanban_link: 'no',
  kanban_attach: 'no',
  kanban_attachments: 'no',
  list_handoffs: 'no',
  cancel_handoff: 'no',
  list_findings: 'no',
  load_skill: 'no',
  search_skills: 'no',
};

/** Circles of two and three steps: every way to make another work, followed by every other, and back. */
function circles(): readonly { readonly name: string; readonly steps: readonly Step[] }[] {
  const kinds: readonly StepKind[] = ['handoff', 'task', 'delegate'];
  const two = kinds.flatMap((first) => kinds.map((second) => [to(first, 'beta'), to(second, 'alpha')]));
  const three = kinds.flatMap((first) => kinds.map((second) => [to('handoff', 'beta'), to(first, 'gamma'), to(second, 'alpha')]));
  const roles = kinds.map((kind) => [to('role', 'developer'), to(kind, 'gamma'), to(kind, 'alpha')]);
  return [...two, ...three, ...roles].map((steps) => ({ name: steps.map(({ kind }) => kind).join('-') + `-${steps.length}`, steps }));
}

function to(kind: StepKind, who: string): Step {
  return { kind, to: who };
}

/** Ways in which a circle begins that no agent began. A route that starts work has to be here, or to be told apart. */
const begins: Readonly<Record<string, ((text: string, name: string, daemon: DaemonProcess) => Promise<unknown>) | string>> = {
  'post /v1/messages': (text, _name, daemon) => send(daemon, 'alpha', text),
  'post /v1/chat/completions': (text, _name, daemon) =>
    daemon.request('POST', '/v1/chat/completions', { model: 'alpha', messages: [{ role: 'user', content: text }] }),
  'post /v1/boards/{board}/tasks': (text, name, daemon) => daemon.request('POST', '/v1/boards/default/tasks', { title: name, body: text, assignee: 'alpha' }),
  'post /v1/plans/{plan}/roles/{role}/turns': (text, _name, daemon) => daemon.request('POST', '/v1/plans/P/roles/lead/turns', { task: text }),
  'post /v1/schedules': (text, name, daemon) =>
    daemon.request('POST', '/v1/schedules', { name: `s-${name}`, when: { kind: 'in', ms: 1000 }, target: { kind: 'agent', agent: 'alpha' }, prompt: text }),
  'post /v1/handoffs': (text, _name, daemon) => daemon.request('POST', '/v1/handoffs', { source: 'gamma', target: 'alpha', task: text }),
  'post /v1/schedules/{name}/run': 'fires what post /v1/schedules made',
  'post /v1/handoffs/import': 'another form of post /v1/handoffs',
  'patch /v1/handoffs/{id}': 'changes one that is there',
  'post /v1/handoffs/{id}/resume': 'announces one that is there again',
  'post /v1/lanes/{lane}/claims': 'a lane from outside, whose tasks carry the provenance of their making',
  'post /v1/boards/{board}/import': 'tasks of another program, which begin like post /v1/boards/{board}/tasks',
  'post /mcp': 'the same tasks, by another door',
  'post /v1/plans/{plan}/runs/{run}/answer': 'the words of a person',
  'post /v1/plans/{plan}/roles/{role}/ask': 'a predecessor, who has no tools',
  'post /v1/plans/{plan}/findings': 'begins with the Lead, as post /v1/plans/{plan}/roles/{role}/turns does',
  'post /v1/findings/{id}/accept': 'makes a task, as post /v1/boards/{board}/tasks does',
  'post /v1/findings/{id}/ask': 'a question, for people',
  'post /v1/findings/{id}/answer': 'begins with the Lead, as post /v1/plans/{plan}/roles/{role}/turns does',
};

test('every tool and every route that makes somebody work is among the paths here, or told apart', () => {
  expect(Object.keys(startsWork).toSorted()).toEqual([...toolNames].toSorted());
  const stepped = Object.entries(startsWork).filter(([, kind]) => Object.hasOwn(walkingTools, kind));
  expect(stepped.map(([tool]) => tool).toSorted()).toEqual(Object.values(walkingTools).toSorted());
  const starting = routes.filter((route) => route.startsWork).map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(begins).toSorted()).toEqual(starting.toSorted());
  const waysIn = Object.values(begins).filter((begin) => typeof begin !== 'string');
  expect(circles().length + waysIn.length).toBeGreaterThanOrEqual(20);
});

interface Walked {
  readonly place: DaemonHome;
  readonly database: TestDatabase;
  readonly model: ModelServer;
  daemon: DaemonProcess;
}

describe.each(databases)('circles on %s', (kind, open) => {
  let world: Walked;

  beforeAll(async () => {
    const model = await openModel(agents, walkOn);
    const place = createHome(configFor(model));
    const database = await open();
    world = { place, database, model, daemon: await startDaemonProcess(place, database.start) };
    await world.daemon.request('POST', '/v1/plans', { id: 'P' });
  });

  afterAll(async () => {
    await world.daemon.stop();
    await world.model.close();
    await world.database.drop();
    world.place.remove();
  });

  test('all of them come to an end, also across a restart, and no chain is longer than it may be', { timeout: 240_000 }, async () => {
    const begun = Object.entries(begins).flatMap(([route, begin]) => (typeof begin === 'string' ? [] : [{ route, begin }]));
    const asked = circles();
    for (const { name, steps } of asked) {
      const isRole = steps[0]?.kind === 'role';
      const begin = begins[isRole ? 'post /v1/plans/{plan}/roles/{role}/turns' : 'post /v1/messages'];
      if (typeof begin === 'function') await begin(walk(name, steps), name, world.daemon);
    }
    // One that is killed leaves leases on PostgreSQL that lapse after half a minute.
    await (kind === 'SQLite' ? world.daemon.kill9() : world.daemon.stop());
    world.daemon = await startDaemonProcess(world.place, world.database.start);
    for (const [index, { begin }] of begun.entries())
      await begin(walk(`way-${index}`, [to('handoff', 'beta'), to('task', 'gamma'), to('handoff', 'alpha')]), `way-${index}`, world.daemon);
    await quiet(world.daemon, 200_000);

    const events = await eventsOf(world.daemon);
    for (const event of events.filter(isBeginning)) expectShort(event);
    const handoffs = z.array(handoffView).parse((await world.daemon.request('GET', '/v1/handoffs?limit=500'))?.body);
    for (const handoff of handoffs) expect(handoff.depth, handoff.task).toBeLessThanOrEqual(deepestHandoffs + 1);
    const refused = handoffs.filter(({ status }) => status === 'refused');
    expect(new Set(refused.map(deciding))).toEqual(new Set(['depth', 'loop']));
    for (const walked of [...asked.map(({ name }) => name), ...begun.map((_, index) => `way-${index}`)])
      expect(
        world.model.asked.some(({ text }) => text.includes(`walk(${walked})`)),
        walked,
      ).toBe(true);
    const explained = handoffExplanation.parse((await world.daemon.request('GET', `/v1/handoffs/${refused[0]?.id ?? ''}/decision`))?.body);
    expect(explained.decisions[0]?.answers.length).toBe(16);
  });
});

function isBeginning({ type }: EventView): boolean {
  return type === 'turn.started' || type === 'task.created' || type === 'message.accepted';
}

const chain = z.object({ depth: z.number(), hops: z.array(z.object({ via: z.string() })).min(1) });

function expectShort({ provenance, type, stream }: EventView): void {
  const { depth, hops } = chain.parse(provenance, { error: () => `${type} in ${stream} has no provenance` });
  expect(depth, `${type} in ${stream}`).toBeLessThanOrEqual(deepestChain);
  const handed = hops.filter(({ via }) => via === 'handoff' || via === 'reply');
  // A summary is told where the depth is used up, too; it can ask for nothing more.
  expect(handed.length, `${type} in ${stream}`).toBeLessThanOrEqual(deepestHandoffs + 1);
}

function deciding({ decision }: HandoffView): string | null {
  return decision.decidedBy;
}
