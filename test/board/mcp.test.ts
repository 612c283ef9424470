/** The board as an MCP server: the official client takes a task from ready to done, over HTTP and over stdio, and what is not its own is refused. */
import { claimView, taskView } from '@guildhall/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startBoardWorld, type BoardWorld, type TestLane } from './board-world.ts';
import { httpTransport, overHttp, overStdio, type Door, type McpLane } from './mcp-client.ts';

const claimed = z.object({ claimed: z.literal(true), task: taskView, claim: claimView, claim_token: z.string() });

let world: BoardWorld;
/** Each test works in a lane of its own, so that none finds what another left. */
let factory: TestLane;
let lanes = 0;
const open: McpLane[] = [];

beforeAll(async () => {
  world = await startBoardWorld();
});
beforeEach(async () => {
  factory = await newLane('factory');
});
afterAll(async () => {
  await Promise.all(open.map((lane) => lane.close()));
  await world.stop();
});

const door = (token: string, headers: Record<string, string> = {}): Door => ({ url: world.daemon().url, token, headers });

async function laneClient(token = factory.token, headers: Record<string, string> = {}): Promise<McpLane> {
  const lane = await overHttp(door(token, headers));
  open.push(lane);
  return lane;
}

const newLane = (name: string, fields: object = {}) => world.registerLane(`${name}-${(lanes += 1)}`, { capacity: 20, ...fields });
const readyTask = (title: string, fields: object = {}) => world.createTask({ title, assignee: factory.name, ...fields });
const statusOf = async (id: string) => (await world.readTask(id)).task.status;

/** From ready to done, as an agent would. */
async function workThrough(lane: McpLane, task: string): Promise<void> {
  const won = claimed.parse(await lane.call('claim_task', { wait_seconds: 5 }));
  expect(won).toMatchObject({ task: { id: task, status: 'running' }, claim_token: won.claim.token });
  expect(await lane.call('show_task')).toMatchObject({ task: { id: task, acceptance: ['it is swept'] } });
  expect(await lane.call('heartbeat', { note: 'half way', progress: 0.5 })).toMatchObject({ expiresInMs: expect.any(Number) });
  await lane.call('comment', { text: 'dusty' });
  await lane.call('attach_file', { name: 'log.txt', text: 'swept\n' });
  await lane.call('add_metadata', { metadata: { rooms: 1 } });
  expect(await lane.refusal('complete_task', { summary: 'swept' })).toMatch(/^evidence-missing: .*it is swept/u);
  expect(await lane.call('complete_task', { summary: 'swept', evidence: [{ kind: 'check', text: 'test -z "$(ls dust)"', criterion: 1 }] })).toMatchObject({
    task_id: task,
    status: 'done',
  });
  const { task: after, runs, comments, attachments } = await world.readTask(task);
  expect(after).toMatchObject({ status: 'done', metadata: { rooms: 1 } });
  expect(runs).toMatchObject([{ outcome: 'completed', lane: factory.name, summary: 'swept', note: 'half way', evidence: [{ criterion: 1 }] }]);
  expect(comments).toMatchObject([{ author: `lane:${factory.name}`, text: 'dusty' }]);
  expect(attachments).toMatchObject([{ name: 'log.txt', mediaType: 'text/plain', bytes: 6 }]);
}

describe('a lane with the official client', () => {
  test('takes a task from ready to done with evidence, over HTTP', async () => {
    const { id } = await readyTask('Sweep', { acceptance: ['it is swept'] });
    const lane = await laneClient();
    expect(lane.client.getInstructions()).toContain('claim_task');
    expect(lane.client.getServerVersion()).toMatchObject({ name: 'guildhall' });
    await workThrough(lane, id);
  });

  test('and over stdio, through guildhall mcp', async () => {
    const { id } = await readyTask('Sweep again', { acceptance: ['it is swept'] });
    const lane = await overStdio(door(factory.token), world.place.home);
    open.push(lane);
    await workThrough(lane, id);
  });

  test('waits for work that is not there yet, and is told when there was none', async () => {
    const lane = await laneClient();
    expect(await lane.call('claim_task', { wait_seconds: 0 })).toMatchObject({ claimed: false });
    const waiting = lane.call('claim_task', { wait_seconds: 50 });
    const { id } = await readyTask('Late');
    expect(claimed.parse(await waiting).task.id).toBe(id);
    expect(await lane.call('release_task', { reason: 'only looking' })).toMatchObject({ task_id: id, status: 'ready' });
    expect(claimed.parse(await lane.call('claim_task', { task_id: id })).task.id).toBe(id);
    expect(await lane.call('block_task', { reason: 'which hall?', kind: 'needs_input' })).toMatchObject({ status: 'blocked' });
    expect((await world.readTask(id)).runs.map(({ outcome }) => outcome)).toEqual(['released', 'blocked']);
  });

  test('sees its own lane and what is assigned to it', async () => {
    const { id } = await readyTask('Listed');
    const other = await world.createTask({ title: 'Not listed', assignee: 'operator' });
    const lane = await laneClient();
    const { tasks } = z.object({ tasks: z.array(z.object({ id: z.string() })) }).parse(await lane.call('list_tasks', { status: 'ready' }));
    expect(tasks.map((task) => task.id)).toContain(id);
    expect(tasks.map((task) => task.id)).not.toContain(other.id);
    expect(await lane.refusal('show_task', { task_id: other.id })).toMatch(/^not-allowed: /u);
    claimed.parse(await lane.call('claim_task', { task_id: id }));
    expect(await lane.call('lane_status')).toMatchObject({ lane: { name: factory.name, held: 1 }, held_in_this_session: [id] });
    await lane.call('release_task');
  });

  test('is told in words what was wrong with its arguments', async () => {
    const lane = await laneClient();
    expect(await lane.refusal('complete_task', { summary: '' })).toMatch(/^invalid-input: complete_task .*summary/u);
    expect(await lane.refusal('claim_task', { wait_seconds: 600 })).toMatch(/^invalid-input: .*wait_seconds/u);
    expect(await lane.refusal('heartbeat')).toMatch(/^invalid-input: Give task_id/u);
    await expect(lane.client.callTool({ name: 'drop_database', arguments: {} })).rejects.toThrow(/no tool drop_database/u);
  });
});

describe('what is not its own', () => {
  test('nobody comes in without a live credential', async () => {
    for (const token of ['wrong', ''])
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await fetch(`${world.daemon().url}/mcp`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          ...(method === 'GET' ? {} : { body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' }),
        });
        expect(answer.status).toBe(401);
      }
    await expect(overHttp(door('wrong'))).rejects.toThrow(/401|not-authenticated|unknown, expired or revoked/u);
  });

  test('a claim works with the token of its own lane only, and a lane cannot act as another', async () => {
    const { id } = await readyTask('Mine');
    const lane = await laneClient();
    const { claim_token: token } = claimed.parse(await lane.call('claim_task', { task_id: id }));
    const rival = await newLane('rival');
    const stranger = await laneClient(rival.token);
    for (const tool of ['heartbeat', 'release_task'])
      expect(await stranger.refusal(tool, { task_id: id, claim_token: token })).toMatch(/^not-allowed: .*belongs to the lane factory-/u);
    expect(await stranger.refusal('complete_task', { task_id: id, summary: 'stolen' })).toMatch(/^not-allowed: No claim on/u);
    const posing = await laneClient(rival.token, { 'guildhall-lane': factory.name });
    expect(await posing.refusal('claim_task', { wait_seconds: 0 })).toMatch(/^not-allowed: this token is of the lane rival-/u);
    expect(await statusOf(id)).toBe('running');
    await lane.call('complete_task', { summary: 'mine' });
  });

  test('the session of another credential does not open', async () => {
    const { id } = await readyTask('In a session');
    const lane = await laneClient();
    claimed.parse(await lane.call('claim_task', { task_id: id }));
    const session = lane.client.transport?.sessionId ?? '';
    const rival = await newLane('eavesdropper');
    const answer = await post(
      rival.token,
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'complete_task', arguments: { summary: 'stolen' } } },
      { 'mcp-session-id': session },
    );
    expect(answer).toMatchObject({ status: 200, body: { result: { isError: true, structuredContent: { error: { code: 'invalid-input' } } } } });
    expect(await statusOf(id)).toBe('running');
    await lane.call('release_task');
  });

  test('a lane sees no tools of the operator, and the operator says as which lane it claims', async () => {
    const lane = await laneClient();
    const names = async (client: McpLane) => (await client.client.listTools()).tools.map(({ name }) => name);
    expect(await names(lane)).not.toContain('create_task');
    await expect(lane.client.callTool({ name: 'create_task', arguments: { title: 'x' } })).rejects.toThrow(/no tool create_task/u);
    const operator = await laneClient(world.daemon().token);
    expect(await names(operator)).toEqual(expect.arrayContaining(['claim_task', 'create_task', 'link', 'unblock', 'review']));
    expect(await operator.refusal('claim_task')).toMatch(/^invalid-input: .*Guildhall-Lane/u);
    const acting = await laneClient(world.daemon().token, { 'guildhall-lane': factory.name });
    const parent = taskView.parse(await acting.call('create_task', { title: 'First', assignee: factory.name, review: 'required' }));
    const child = taskView.parse(await acting.call('create_task', { title: 'Then', assignee: factory.name }));
    expect(await acting.call('link', { parent: parent.id, child: child.id })).toMatchObject({ status: 'todo', openParents: 1 });
    expect(claimed.parse(await acting.call('claim_task', { task_id: parent.id })).task.id).toBe(parent.id);
    expect(await acting.call('complete_task', { summary: 'first' })).toMatchObject({ status: 'review' });
    expect(await acting.call('review', { task_id: parent.id, verdict: 'accept' })).toMatchObject({ status: 'done' });
    expect(await statusOf(child.id)).toBe('ready');
  });
});

test('the bearer of a claim works on its one task without naming it, and on nothing else', async () => {
  const { id } = await readyTask('For a worker', { evidenceRequired: true });
  const other = await readyTask('For another');
  const won = await factory.claim(0, { task: id });
  const worker = await laneClient(won?.claim.token);
  const { tools } = await worker.client.listTools();
  expect(tools.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['claim_task']));
  expect(await worker.call('show_task')).toMatchObject({ task: { id } });
  expect(await worker.refusal('show_task', { task_id: other.id })).toMatch(/^not-allowed: /u);
  expect(await worker.refusal('heartbeat', { task_id: other.id })).toMatch(/^not-allowed: /u);
  await worker.call('comment', { text: 'here' });
  expect(await worker.call('complete_task', { summary: 'worked', evidence: [{ kind: 'note', text: 'seen' }] })).toMatchObject({ task_id: id, status: 'done' });
  await expect(worker.call('show_task')).rejects.toThrow(/401|revoked|not-authenticated|unknown, expired/u);
});

describe('a claim lives as long as its client', () => {
  test('kept while the client listens, lapsed when it has gone, and what comes late is fenced', async () => {
    const quick = await newLane('quick', { leaseMs: 1500 });
    const { id } = await world.createTask({ title: 'Slow work', assignee: quick.name });
    const lane = await laneClient(quick.token);
    const first = claimed.parse(await lane.call('claim_task', { wait_seconds: 5 }));
    await renewedTimes(id, 5);
    expect((await world.readTask(id)).claim).toMatchObject({ epoch: first.claim.epoch });
    await lane.close();
    await expect.poll(() => statusOf(id), { timeout: 20_000, interval: 100 }).toBe('ready');
    const heir = await laneClient(quick.token);
    const second = claimed.parse(await heir.call('claim_task', { wait_seconds: 5 }));
    expect(second.claim.epoch).toBeGreaterThan(first.claim.epoch);
    const late = await laneClient(quick.token);
    expect(await late.refusal('complete_task', { task_id: id, claim_token: first.claim_token, summary: 'late' })).toMatch(/^stale-claim: /u);
    expect(await heir.call('complete_task', { summary: 'in time' })).toMatchObject({ status: 'done' });
    expect((await world.readTask(id)).runs.map(({ outcome, summary }) => [outcome, summary])).toEqual([
      ['timed-out', ''],
      ['completed', 'in time'],
    ]);
  });

  test('the next answer says that a claim was taken away', async () => {
    const { id } = await readyTask('Taken away');
    const lane = await laneClient();
    claimed.parse(await lane.call('claim_task', { task_id: id }));
    await world.operator('POST', `/v1/tasks/${id}/reclaim`, { reason: 'another plan' });
    expect(await lane.call('lane_status')).toMatchObject({ notice: expect.stringContaining(`Your claim on ${id} has ended`) });
    expect(await lane.refusal('complete_task', { task_id: id, summary: 'late' })).toMatch(/^not-allowed: No claim on/u);
  });

  test('a client that stops waiting gets nothing behind its back', async () => {
    const lane = await laneClient();
    const giveUp = new AbortController();
    const waiting = lane.client.callTool({ name: 'claim_task', arguments: { wait_seconds: 50 } }, undefined, { signal: giveUp.signal });
    await expect.poll(async () => (await lane.call('lane_status'))['lane'], { timeout: 20_000 }).toMatchObject({ waiting: 1 });
    giveUp.abort();
    await expect(waiting).rejects.toThrow(/abort/iu);
    await expect.poll(async () => (await lane.call('lane_status'))['lane'], { timeout: 20_000 }).toMatchObject({ waiting: 0 });
    const { id } = await readyTask('For somebody who waits');
    expect(await lane.call('lane_status')).toMatchObject({ held_in_this_session: [] });
    expect(await statusOf(id)).toBe('ready');
    claimed.parse(await lane.call('claim_task', { task_id: id }));
    await lane.call('complete_task', { summary: 'done' });
  });

  test('after a restart of the daemon the same client goes on with the token it was given', async () => {
    const { id } = await readyTask('Across a restart');
    const lane = await laneClient();
    const { claim_token: token } = claimed.parse(await lane.call('claim_task', { task_id: id }));
    await world.restart();
    expect(await lane.refusal('heartbeat', { task_id: id })).toMatch(/^not-allowed: No claim on .*claim_token/u);
    expect(await lane.call('complete_task', { task_id: id, claim_token: token, summary: 'all the same' })).toMatchObject({ status: 'done' });
  });
});

/** Sees the time that is left of a claim go up so often; five times are more than a lease. */
async function renewedTimes(task: string, times: number): Promise<void> {
  let seen = 0;
  let last = Number.POSITIVE_INFINITY;
  await expect
    .poll(
      async () => {
        const left = (await world.readTask(task)).claim?.expiresInMs ?? 0;
        if (left > last) seen += 1;
        last = left;
        return seen;
      },
      { timeout: 30_000, interval: 50 },
    )
    .toBeGreaterThanOrEqual(times);
}

describe('the wire', () => {
  const call = (name: string, args: object, meta?: object) => ({
    jsonrpc: '2.0',
    id: 7,
    method: 'tools/call',
    params: { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) },
  });

  test('answers the version that was asked for, and the newest with sessions for one it does not know', async () => {
    const initialize = (protocolVersion: string) => ({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion, capabilities: {}, clientInfo: { name: 't', version: '1' } },
    });
    for (const [asked, answered] of [
      ['2025-11-25', '2025-11-25'],
      ['2025-06-18', '2025-06-18'],
      ['1999-01-01', '2025-11-25'],
    ] as const)
      expect(await post(factory.token, initialize(asked))).toMatchObject({ status: 200, body: { id: 1, result: { protocolVersion: answered } } });
  });

  test('speaks the stateless revision beside it: each request says everything itself', async () => {
    const version = '2026-07-28';
    const meta = { 'io.modelcontextprotocol/protocolVersion': version, 'io.modelcontextprotocol/clientCapabilities': {} };
    const headers = (method: string, name?: string) => ({
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...(name === undefined ? {} : { 'mcp-name': name }),
    });
    const discover = { jsonrpc: '2.0', id: 'd', method: 'server/discover', params: { _meta: meta } };
    expect(await post(factory.token, discover, headers('server/discover'))).toMatchObject({
      status: 200,
      body: { result: { resultType: 'complete', supportedVersions: expect.arrayContaining([version, '2025-11-25']) } },
    });
    const { id } = await readyTask('Stateless');
    const won = await post(factory.token, call('claim_task', { task_id: id }, meta), headers('tools/call', 'claim_task'));
    const { claim_token: token } = claimed.parse(z.object({ result: z.object({ structuredContent: z.unknown() }) }).parse(won.body).result.structuredContent);
    const complete = (args: object) =>
      post(factory.token, call('complete_task', { summary: 'done', task_id: id, ...args }, meta), headers('tools/call', 'complete_task'));
    expect(await complete({})).toMatchObject({ body: { result: { isError: true, structuredContent: { error: { code: 'not-allowed' } } } } });
    expect(await complete({ claim_token: token })).toMatchObject({ body: { result: { resultType: 'complete', structuredContent: { status: 'done' } } } });
    expect(await post(factory.token, call('show_task', {}, meta), headers('tools/call', 'list_tasks'))).toMatchObject({
      status: 400,
      body: { error: { code: -32_020 } },
    });
    const old = { ...meta, 'io.modelcontextprotocol/protocolVersion': '1900-01-01' };
    expect(
      await post(factory.token, call('show_task', {}, old), { ...headers('tools/call', 'show_task'), 'mcp-protocol-version': '1900-01-01' }),
    ).toMatchObject({
      status: 400,
      body: { error: { code: -32_022, data: { supported: expect.arrayContaining([version]) } } },
    });
  });

  test('tells a client that asked for it that a wait goes on', async () => {
    const lane = await laneClient();
    const heard: number[] = [];
    const waiting = lane.client.callTool({ name: 'claim_task', arguments: { wait_seconds: 11 } }, undefined, {
      onprogress: ({ progress }) => heard.push(progress),
    });
    expect(await waiting).toMatchObject({ structuredContent: { claimed: false } });
    expect(heard.length).toBeGreaterThan(0);
  });

  test('refuses what is no message, and a session that was ended', async () => {
    expect(await post(factory.token, [])).toMatchObject({ status: 400, body: { error: { code: -32_600 } } });
    expect(await post(factory.token, { jsonrpc: '2.0', id: 1, method: 'resources/list' })).toMatchObject({ status: 200, body: { error: { code: -32_601 } } });
    expect(await post(factory.token, { jsonrpc: '2.0', method: 'notifications/initialized' })).toEqual({ status: 202, body: null });
    const transport = httpTransport(door(factory.token));
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const client = new Client({ name: 'ends', version: '1' });
    await client.connect(transport);
    const session = { 'mcp-session-id': transport.sessionId ?? '' };
    await transport.terminateSession();
    await client.close();
    expect(await post(factory.token, { jsonrpc: '2.0', id: 1, method: 'ping' }, session)).toMatchObject({ status: 404, body: { error: { code: -32_001 } } });
  });
});

async function post(
  token: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(`${world.daemon().url}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}
