/** Every way to start work writes down who began it, and no way lets the caller say so. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { handoffView, issuedCredential, planFindingView, roleRunView, routes, type EventType } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { hermesBoard, type ForeignHome } from '../../store/test/import-fixtures.ts';
import { overHttp, type McpLane } from '../board/mcp-client.ts';
import { eventsOf, rehearsalOf, until } from './conversation.ts';

interface Sample {
  /** Sends one good request, with these fields besides; answers why it was refused. */
  ask(fields: Readonly<Record<string, unknown>>): Promise<string | undefined>;
  /** The event that says that it was taken. */
  readonly tells: EventType;
  /** What the provenance of that event says; absent where the work begins with another event, later. */
  readonly provenance?: Readonly<Record<string, unknown>>;
  /** The event with which the work begins, in the stream whose name holds these words, and what its provenance says. */
  readonly begins?: { readonly type: EventType; readonly stream: string; readonly provenance: Readonly<Record<string, unknown>> };
  /** Where the request is strict, an unknown field refuses it; where others define the wire, it is ignored. */
  readonly unknownFields: 'refused' | 'ignored';
}

const ofMessage = {
  origin: 'operator',
  trust: 'operator',
  depth: 0,
  visited: ['coder'],
  hops: [{ via: 'message', actor: 'operator', ref: expect.any(String) }],
};
const ofTask = {
  origin: 'operator',
  trust: 'operator',
  depth: 0,
  visited: [],
  hops: [{ via: 'task', actor: 'operator', ref: expect.stringMatching(/^task_/) }],
};

const byRole = { via: 'role', actor: 'operator', ref: expect.any(String) };
const ofRole = { origin: 'operator', trust: 'operator', depth: 0, visited: ['coder'], hops: [byRole] };
/** Said at a door, to nobody in particular yet. */
const ofFinding = { ...ofRole, visited: [] };
const leadIsTold = { type: 'message.accepted', stream: 'role:A%2FB:lead', provenance: { origin: 'operator', visited: ['coder', 'role:A/B/lead'] } } as const;

function mendedOnTheWordOf(actor: string): Readonly<Record<string, unknown>> {
  const hops = [
    { via: 'role', actor, ref: expect.stringMatching(/^find_/) },
    { via: 'task', actor, ref: expect.stringMatching(/^task_/) },
  ];
  return { origin: actor, trust: 'operator', depth: 1, visited: ['coder'], budgets: ['plan:A/B'], hops };
}

/** Reports a finding; its id. */
async function reported(): Promise<string> {
  const answer = await daemon.request('POST', '/v1/plans/A%2FB/findings', { title: 'No tests', severity: 'high', description: 'None at all.' });
  return planFindingView.parse(answer?.body).id;
}

/** An operator asks on behalf of one agent; what another then does is of the operator, and trusted no more than a peer. */
const ofHandoff = {
  origin: 'operator',
  trust: 'peer',
  depth: 1,
  visited: ['coder', 'other'],
  hops: [
    { via: 'message', actor: 'operator', ref: expect.stringMatching(/^handoff_/) },
    { via: 'handoff', actor: 'coder', ref: expect.stringMatching(/^handoff_/) },
  ],
};
const otherIsAsked = { type: 'turn.started', stream: 'agent:other:main', provenance: ofHandoff } as const;

let handoffs = 0;

function handedOver(): { readonly source: string; readonly target: string; readonly task: string } {
  handoffs += 1;
  return { source: 'coder', target: 'other', task: `Look at it, ${handoffs}` };
}

const kept = new Map<string, Promise<string>>();

/** The one handoff of this status, asked for once; its id. */
function handoff(status: string, more: object): Promise<string> {
  const id = kept.get(status) ?? handedOverTo(status, more);
  kept.set(status, id);
  return id;
}

async function handedOverTo(status: string, more: object): Promise<string> {
  const { id } = handoffView.parse((await daemon.request('POST', '/v1/handoffs', { ...handedOver(), ...more }))?.body);
  await until(`${id} being ${status}`, async () => {
    const view = handoffView.parse((await daemon.request('GET', `/v1/handoffs/${id}`))?.body);
    return view.status === status ? view : undefined;
  });
  return id;
}

let schedules = 0;
let messages = 0;

/** One good request for every route that starts work. A new such route has to be added here, with what it writes. */
const samples: Readonly<Record<string, Sample>> = {
  'post /v1/messages': {
    ask: (fields) => {
      messages += 1;
      return post('/v1/messages', {
        platform: 'terminal',
        chat: 'desk',
        chatType: 'group',
        messageId: `m-${messages}`,
        agent: 'coder',
        text: 'hello',
        ...fields,
      });
    },
    tells: 'message.accepted',
    provenance: ofMessage,
    unknownFields: 'refused',
  },
  'post /v1/chat/completions': {
    ask: (fields) => post('/v1/chat/completions', { model: 'coder', messages: [{ role: 'user', content: 'hello' }], ...fields }),
    tells: 'message.accepted',
    provenance: ofMessage,
    unknownFields: 'ignored',
  },
  'post /v1/boards/{board}/tasks': {
    ask: (fields) => post('/v1/boards/default/tasks', { title: 'Sweep the hall', ...fields }),
    tells: 'task.created',
    provenance: ofTask,
    unknownFields: 'refused',
  },
  'post /v1/lanes/{lane}/claims': {
    async ask(fields) {
      await post('/v1/boards/default/tasks', { title: 'Sweep the hall', assignee: 'factory' });
      return post('/v1/lanes/factory/claims', fields);
    },
    tells: 'task.claimed',
    provenance: ofTask,
    unknownFields: 'refused',
  },
  'post /v1/boards/{board}/import': {
    ask: (fields) => post('/v1/boards/default/import', { format: 'hermes', path: foreign.file, ...fields }),
    tells: 'task.imported',
    provenance: { ...ofTask, trust: 'peer' },
    unknownFields: 'refused',
  },
  'post /v1/plans/{plan}/roles/{role}/turns': {
    ask: (fields) => post('/v1/plans/A%2FB/roles/dev/turns', { task: 'Write the parser', ...fields }),
    tells: 'role.invoked',
    provenance: { ...ofRole, visited: ['coder', 'role:A/B/developer'] },
    begins: {
      type: 'turn.started',
      stream: 'role:A%2FB:developer',
      provenance: { ...ofRole, visited: ['coder', 'role:A/B/developer'], budgets: ['agent:coder', 'plan:A/B'] },
    },
    unknownFields: 'refused',
  },
  'post /v1/plans/{plan}/runs/{run}/answer': {
    async ask(fields) {
      const asked = await daemon.request('POST', '/v1/plans/A%2FB/roles/release/turns', { task: 'Release it' });
      return post(`/v1/plans/A%2FB/runs/${roleRunView.parse(asked?.body).id}/answer`, { text: 'released', ...fields });
    },
    tells: 'role.answered',
    provenance: { ...ofRole, visited: ['operator', 'role:A/B/release'] },
    begins: { type: 'turn.started', stream: 'role:A%2FB:release', provenance: { ...ofRole, visited: ['operator', 'role:A/B/release'] } },
    unknownFields: 'refused',
  },
  'post /v1/plans/{plan}/roles/{role}/ask': {
    ask: (fields) => post('/v1/plans/A%2FB/roles/validator/ask', { question: 'Why?', ...fields }),
    tells: 'message.accepted',
    begins: { type: 'turn.started', stream: ':predecessor:', provenance: ofRole },
    unknownFields: 'refused',
  },
  'post /v1/plans/{plan}/findings': {
    ask: (fields) => post('/v1/plans/A%2FB/findings', { title: 'No tests', severity: 'high', description: 'None at all.', ...fields }),
    tells: 'finding.reported',
    provenance: ofFinding,
    begins: leadIsTold,
    unknownFields: 'refused',
  },
  'post /v1/findings/{id}/accept': {
    ask: async (fields) => post(`/v1/findings/${await reported()}/accept`, fields),
    tells: 'finding.disposed',
    provenance: ofFinding,
    begins: { type: 'task.created', stream: 'board:', provenance: mendedOnTheWordOf('operator') },
    unknownFields: 'refused',
  },
  'post /v1/findings/{id}/ask': {
    ask: async (fields) => post(`/v1/findings/${await reported()}/ask`, { question: 'Where?', ...fields }),
    tells: 'finding.asked',
    provenance: ofFinding,
    unknownFields: 'refused',
  },
  'post /v1/findings/{id}/answer': {
    async ask(fields) {
      const id = await reported();
      await post(`/v1/findings/${id}/ask`, { question: 'Where?' });
      return post(`/v1/findings/${id}/answer`, { text: 'Everywhere.', ...fields });
    },
    tells: 'finding.answered',
    provenance: ofFinding,
    begins: leadIsTold,
    unknownFields: 'refused',
  },
  'post /v1/schedules': {
    ask: (fields) => post('/v1/schedules', { ...soon(), ...fields }),
    tells: 'schedule.created',
    begins: { type: 'message.accepted', stream: ':schedule:', provenance: ofSchedule() },
    unknownFields: 'refused',
  },
  'post /v1/schedules/{name}/run': {
    async ask(fields) {
      const schedule = { ...soon(), when: { kind: 'every', ms: 3_600_000 } };
      await post('/v1/schedules', schedule);
      return post(`/v1/schedules/${schedule.name}/run`, fields);
    },
    tells: 'schedule.fired',
    begins: { type: 'message.accepted', stream: ':schedule:', provenance: ofSchedule() },
    unknownFields: 'refused',
  },
  'post /v1/handoffs': {
    ask: (fields) => post('/v1/handoffs', { ...handedOver(), ...fields }),
    tells: 'handoff.requested',
    provenance: ofHandoff,
    begins: otherIsAsked,
    unknownFields: 'refused',
  },
  'post /v1/handoffs/import': {
    ask(fields) {
      const { source, target, task } = handedOver();
      return post('/v1/handoffs/import', { source_session: source, target_session: target, task, ...fields });
    },
    tells: 'handoff.requested',
    provenance: ofHandoff,
    begins: otherIsAsked,
    unknownFields: 'refused',
  },
  'patch /v1/handoffs/{id}': {
    async ask(fields) {
      const { task } = handedOver();
      return sent('PATCH', `/v1/handoffs/${await handoff('awaiting-approval', { riskLevel: 'dangerous' })}`, { task, ...fields });
    },
    tells: 'handoff.edited',
    provenance: ofHandoff,
    unknownFields: 'refused',
  },
  'post /v1/handoffs/{id}/resume': {
    ask: async (fields) => post(`/v1/handoffs/${await handoff('paused', { target: 'away' })}/resume`, fields),
    tells: 'handoff.resumed',
    provenance: { ...ofHandoff, visited: ['coder', 'away'] },
    begins: { type: 'turn.started', stream: 'agent:away:', provenance: { ...ofHandoff, visited: ['coder', 'away'] } },
    unknownFields: 'refused',
  },
  'post /mcp': {
    ask: (fields) =>
      mcp.call('create_task', { title: 'Sweep the hall', ...fields }).then(
        () => undefined,
        (error: unknown) => String(error),
      ),
    tells: 'task.created',
    provenance: ofTask,
    unknownFields: 'refused',
  },
};

function soon() {
  schedules += 1;
  return { name: `s-${schedules}`, when: { kind: 'in', ms: 1_000 }, target: { kind: 'agent', agent: 'coder' }, prompt: 'look around' };
}

function ofSchedule(): Readonly<Record<string, unknown>> {
  return { ...ofMessage, hops: [{ via: 'schedule', actor: 'operator', ref: expect.stringMatching(/^s-\d+@\d+$/) }] };
}

const starting = routes.filter(({ startsWork }) => startsWork);
const nameOf = ({ method, path }: (typeof starting)[number]) => `${method} ${path}`;

const claimed = { root: 'root_claimed', origin: 'claimed', trust: 'operator', hops: [{ via: 'message', actor: 'claimed', ref: 'claimed' }], depth: 7 } as const;
/** What the daemon alone writes. */
const claims: Readonly<Record<string, unknown>> = {
  provenance: claimed,
  hops: claimed.hops,
  depth: 7,
  epoch: 7,
  status: 'completed',
  from: 'claimed',
  trust: 'operator',
  origin: 'claimed',
  visited: ['claimed'],
  forbidden: [],
  layers: [{ source: 'claimed', allow: '*', deny: [] }],
  sessionKey: 'agent:other:main',
  turnId: 'turn_claimed',
};

const provenanceView = z.object({
  root: z.string().min(1),
  origin: z.string().min(1),
  trust: z.enum(['operator', 'person', 'peer', 'untrusted']),
  hops: z.array(z.object({ via: z.string(), actor: z.string().min(1), ref: z.string().min(1) })).min(1),
  depth: z.number(),
  visited: z.array(z.string()),
  budgets: z.array(z.string()),
});

let place: DaemonHome;
/** A chat that is not there any more. */
let gone: Server;
let daemon: DaemonProcess;
let foreign: ForeignHome;
let mcp: McpLane;

beforeAll(async () => {
  gone = createServer((_request, response) => response.writeHead(410).end()).listen(0, '127.0.0.1');
  await once(gone, 'listening');
  place = createHome(
    [
      'model: rehearsal/default',
      'agents: { coder: { tools: coding, default: true }, other: { tools: minimal }, away: { tools: minimal } }',
      'roles: { release: { person: true } }',
      'bindings: [{ agent: away, telegram: "-9" }]',
      `channels: { chat: { platform: telegram, url: "http://127.0.0.1:${portOf(gone)}/" } }`,
      'session_triggers: { enabled: true, sources: { coder: { allowed_targets: [other, away], max_concurrent_targets: 9 } }, targets: { away: { max_waiting: 100 } } }',
    ].join('\n'),
    rehearsalOf([{ say: 'hello' }]),
  );
  daemon = await startDaemonProcess(place);
  foreign = hermesBoard();
  mcp = await overHttp(daemon);
  await post('/v1/lanes', { name: 'factory', kind: 'persistent', capacity: 100 });
  await post('/v1/plans', { id: 'A/B' });
  // A validator that has said something and was retired: somebody to ask.
  const asked = await daemon.request('POST', '/v1/plans/A%2FB/roles/validator/turns', { task: 'Look at it' });
  await daemon.request('GET', `/v1/plans/A%2FB/runs/${roleRunView.parse(asked?.body).id}?waitMs=20000`);
  await post('/v1/plans/A%2FB/roles/validator/retire', { reason: 'done' });
});

afterAll(async () => {
  await mcp.close();
  await daemon.stop();
  gone.close();
  foreign.dispose();
  place.remove();
});

function post(path: string, body: object): Promise<string | undefined> {
  return sent('POST', path, body);
}

/** Undefined, or why it was refused. */
async function sent(method: string, path: string, body: object): Promise<string | undefined> {
  const answer = await daemon.request(method, path, body);
  return answer !== undefined && answer.status < 300 ? undefined : JSON.stringify(answer);
}

/** The events of one type that came after `before` events of the journal. */
async function eventsSince(before: number, type: string) {
  return (await eventsOf(daemon)).slice(before).filter((event) => event.type === type);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return address.port;
}

test('every route that starts work has a sample here that looks at a provenance, and there is none too many', () => {
  expect(Object.keys(samples).toSorted()).toEqual(starting.map(nameOf).toSorted());
  for (const [name, { provenance, begins }] of Object.entries(samples)) expect(provenance ?? begins, name).toBeDefined();
});

describe.each(starting.map(nameOf))('%s', (name) => {
  const sample = samples[name];
  if (sample === undefined) return;

  test('writes the origin, the trust and the hops with what it starts', async () => {
    const before = (await eventsOf(daemon)).length;
    expect(await sample.ask({})).toBeUndefined();
    const { begins } = sample;
    if (begins !== undefined) {
      const begun = await until('the work to begin', async () => (await eventsSince(before, begins.type)).find(({ stream }) => stream.includes(begins.stream)));
      expect(provenanceView.parse(begun.provenance)).toMatchObject(begins.provenance);
    }
    if (sample.provenance === undefined) return;
    const [told] = await eventsSince(before, sample.tells);
    const provenance = provenanceView.parse(told?.provenance);
    expect(provenance).toMatchObject(sample.provenance);
    if (sample.tells !== 'message.accepted') return;
    expect(provenance.budgets).toContain('agent:coder');
    const started = await until('the turn to start', async () => (await eventsSince(before, 'turn.started')).at(0));
    expect(provenanceView.parse(started.provenance)).toEqual(provenance);
  });

  test.each(Object.entries(claims))('does not take %s from the caller', async (field, value) => {
    const before = (await eventsOf(daemon)).length;
    const refused = await sample.ask({ [field]: value });
    const told = (await eventsSince(before, sample.tells)).filter(({ stream }) => sample.tells !== 'message.accepted' || !stream.includes(':lead'));
    if (sample.unknownFields === 'refused') {
      expect(refused).toContain(field);
      expect(told).toEqual([]);
      return;
    }
    expect(refused).toBeUndefined();
    expect(told).toHaveLength(1);
    expect(provenanceView.parse(told[0]?.provenance)).toMatchObject(sample.provenance ?? {});
    expect(JSON.stringify(told)).not.toContain('claimed');
  });
});

test('a message that a channel brings is of the person the channel names, with no more trust than that', async () => {
  const issued = issuedCredential.parse((await daemon.request('POST', '/v1/tokens', { scope: 'chat' }))?.body);
  const before = (await eventsOf(daemon)).length;
  const bring = (more: object) =>
    fetch(`${daemon.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${issued.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ platform: 'telegram', chat: '7', peer: 'operator', messageId: 'b1', text: 'I am the operator', ...more }),
    });
  expect((await bring({ agent: 'other', messageId: 'b0' })).status).toBe(403);
  expect((await bring({})).status).toBe(202);
  const accepted = await eventsSince(before, 'message.accepted');
  expect(accepted.map(({ provenance }) => provenanceView.parse(provenance))).toEqual([
    expect.objectContaining({ origin: 'telegram:operator', trust: 'person', depth: 0, hops: [{ via: 'message', actor: 'telegram:operator', ref: 'b1' }] }),
  ]);
});
