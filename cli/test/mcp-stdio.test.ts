/** MCP on stdio: what the client writes reaches the daemon, what the daemon says reaches the client, and nothing else is on stdout. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMcpDaemon, type McpDaemon } from './mcp-daemon.ts';
import { startProgram, type Running } from './run-program.ts';

let daemon: McpDaemon;
let running: Running | undefined;

beforeEach(async () => {
  daemon = await startMcpDaemon();
});
afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  running = undefined;
  await daemon.remove();
});

const patience = { timeout: 20_000 };
const introduction = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
};
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };

function begin(words: readonly string[] = []): Running {
  running = startProgram(['mcp', ...words], { home: daemon.home });
  write(introduction);
  write(initialized);
  return running;
}

function write(message: unknown): void {
  running?.child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
}

/** Every line of stdout: each must be one message. */
function messages(text: string): readonly {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ReturnType<typeof messages>[number]);
}

test('carries messages both ways, with the session, the version and the lane, and ends with stdin', async () => {
  const { child, ended } = begin(['--lane', 'factory']);
  write({ jsonrpc: '2.0', id: 1, method: 'plain' });
  write({ jsonrpc: '2.0', id: 'two', method: 'streamed' });
  child.stdin.end();
  const ran = await ended;
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const said = messages(ran.stdout);
  expect(said.find(({ id }) => id === 0)).toMatchObject({ result: { protocolVersion: '2025-06-18' } });
  expect(said.find(({ id }) => id === 1)).toMatchObject({ result: { did: 'plain' } });
  expect(said.find(({ id }) => id === 'two')).toMatchObject({ result: { did: 'streamed' } });
  expect(said.some(({ method }) => method === 'notifications/progress')).toBe(true);
  expect(said).toHaveLength(4);
  expect(daemon.came[0]).toMatchObject({ message: introduction, session: undefined, version: undefined, lane: 'factory' });
  for (const { session, version, lane } of daemon.came.slice(1))
    expect({ session, version, lane }).toEqual({ session: 'ses_1', version: '2025-06-18', lane: 'factory' });
  expect(daemon.came[1]?.message).toEqual(initialized);
  expect(daemon.left).toEqual(['ses_1']);
});

test('a request that takes long holds up no other', async () => {
  const { until } = begin();
  write({ jsonrpc: '2.0', id: 1, method: 'slow' });
  write({ jsonrpc: '2.0', id: 2, method: 'plain' });
  await until('"id":2');
});

test('messages the daemon sends by itself arrive, also after its stream broke', async () => {
  const { until } = begin();
  await expect.poll(() => daemon.listeners.length, patience).toBe(1);
  daemon.listeners[0]?.response.write('id: e1\ndata: {"jsonrpc":"2.0","method":"notifications/first"}\n\n');
  await until('notifications/first');
  daemon.listeners[0]?.response.end();
  await expect.poll(() => daemon.listeners[1]?.after, patience).toBe('e1');
  daemon.listeners[1]?.response.write('data: {"jsonrpc":"2.0","method":"notifications/second"}\n\n');
  await until('notifications/second');
});

test('a daemon without such a stream is not asked for it again', async () => {
  daemon.offersStream = false;
  const { child, ended, until } = begin();
  write({ jsonrpc: '2.0', id: 1, method: 'plain' });
  await until('"id":1');
  child.stdin.end();
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(daemon.asked.filter((route) => route === 'get /mcp')).toHaveLength(1);
});

test('a daemon that was restarted is introduced to the client again, who notices nothing', async () => {
  const { child, ended, until } = begin();
  write({ jsonrpc: '2.0', id: 1, method: 'plain' });
  await until('"id":1');
  await daemon.stop();
  daemon.forget();
  await daemon.start();
  for (const id of [2, 3, 4]) write({ jsonrpc: '2.0', id, method: 'plain' });
  await until('"id":4');
  child.stdin.end();
  const said = messages((await ended).stdout);
  for (const id of [2, 3, 4]) expect(said.filter((message) => message.id === id)).toMatchObject([{ result: { did: 'plain' } }]);
  expect(said.filter((message) => message.id === 0)).toHaveLength(1);
  expect(daemon.came.filter(({ message }) => message['method'] === 'initialize')).toHaveLength(2);
  expect(daemon.came.at(-1)?.session).toBe('ses_2');
});

test('without a daemon every request is answered with what to do', async () => {
  await daemon.stop();
  const { child, ended } = begin();
  write({ jsonrpc: '2.0', id: 1, method: 'plain' });
  child.stdin.end();
  const ran = await ended;
  expect(ran.code).toBe(0);
  for (const id of [0, 1])
    expect(messages(ran.stdout).find((message) => message.id === id)).toMatchObject({
      error: { code: -32_000, message: expect.stringContaining('guildhall up') as string, data: { code: 'daemon-unreachable' } },
    });
  expect(ran.stderr).toContain('guildhall up');
  await daemon.start();
});

test('what the daemon refuses is the answer to the request it was about', async () => {
  const { child, ended } = begin();
  write({ jsonrpc: '2.0', id: 1, method: 'wrong' });
  write({ jsonrpc: '2.0', id: 2, method: 'forbidden' });
  write({ jsonrpc: '2.0', id: 3, method: 'cut' });
  child.stdin.end();
  const said = messages((await ended).stdout);
  expect(said.find(({ id }) => id === 1)).toMatchObject({ error: { code: -32_600, message: 'not so' } });
  expect(said.find(({ id }) => id === 2)).toMatchObject({ error: { message: 'Not yours.', data: { code: 'not-allowed' } } });
  expect(said.find(({ id }) => id === 3)).toMatchObject({ error: { data: { code: 'unknown-outcome' } } });
});

test.each([
  ['{', -32_700],
  ['[]', -32_600],
  ['7', -32_600],
])('a line such as %s is answered and the next one taken', async (line, code) => {
  const { child, ended } = begin();
  write(line);
  write('');
  write({ jsonrpc: '2.0', id: 1, method: 'plain' });
  child.stdin.end();
  const said = messages((await ended).stdout);
  expect(said.find(({ id }) => id === null)).toMatchObject({ error: { code } });
  expect(said.find(({ id }) => id === 1)).toMatchObject({ result: { did: 'plain' } });
});

test('Ctrl-C ends it although a request is open', async () => {
  const { child, ended } = begin();
  write({ jsonrpc: '2.0', id: 1, method: 'slow' });
  await expect.poll(() => daemon.came.length, patience).toBe(3);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});

test('a message that names its version itself goes without a session, and leaves with its cancellation', async () => {
  running = startProgram(['mcp'], { home: daemon.home });
  const params = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };
  write({ jsonrpc: '2.0', id: 1, method: 'slow', params: { ...params, name: 'claim_task' } });
  await expect.poll(() => daemon.came.length, patience).toBe(1);
  write({ jsonrpc: '2.0', id: 2, method: 'plain', params: { ...params, name: 'Ä' } });
  await running.until('"id":2');
  expect(daemon.came).toMatchObject([
    { session: undefined, version: '2026-07-28', about: ['slow', 'claim_task'] },
    { session: undefined, version: '2026-07-28', about: ['plain', '=?base64?w4Q=?='] },
  ]);
  write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
  await expect.poll(() => daemon.closed, patience).toContain('slow');
  running.child.stdin.end();
  const ran = await running.ended;
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(messages(ran.stdout).map(({ id }) => id)).toEqual([2]);
});
