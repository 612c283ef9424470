/** Programs and addresses of the operator that are told of turns and tool calls, and may say no beforehand. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { ask, eventsOf, rehearsalOf, resultsOf, until } from './conversation.ts';

const rehearsal = rehearsalOf([
  { match: { text: 'write' }, steps: [{ call: { tool: 'write_file', args: { path: 'a.txt', content: 'x' } } }, { say: 'then: {result}' }] },
  { say: 'hello' },
]);

const heardEvent = z.looseObject({ event: z.string(), agent: z.string() });
type Heard = z.infer<typeof heardEvent>;

/** An address that hears events. What it answers depends on the path. */
async function openListener(): Promise<{ readonly server: Server; readonly url: string; readonly heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      heard.push(heardEvent.parse(JSON.parse(body)));
      if (request.url === '/no') response.end(JSON.stringify({ allow: false, reason: 'not on a Friday' }));
      else if (request.url === '/broken') response.writeHead(500).end();
      else if (request.url === '/html') response.end('<html>');
      else if (request.url !== '/silent') response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, heard, url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` };
}

let place: DaemonHome;
let daemon: DaemonProcess;
let listener: Awaited<ReturnType<typeof openListener>>;
let diary: string;

/** A program that keeps the event it was given on standard input, and ends as its name says. */
function program(name: string, end: string): string {
  const file = path.join(place.home, name);
  writeFileSync(file, `#!/bin/sh\ncat >> ${JSON.stringify(diary)}\necho >> ${JSON.stringify(diary)}\nenv >> ${JSON.stringify(`${diary}.env`)}\n${end}\n`);
  chmodSync(file, 0o755);
  return file;
}

beforeAll(async () => {
  listener = await openListener();
  place = createHome('', rehearsal);
  diary = path.join(place.home, 'diary.ndjson');
  const { url } = listener;
  const agents = ['told', 'stopped', 'asked', 'broken', 'garbled', 'patient', 'hanging', 'missing', 'shut'];
  const before = (agent: string, run: object, more: object = {}) => ({ event: 'before_tool', agents: [agent], ...run, ...more });
  const hooks = [
    ...['before_turn', 'after_turn', 'before_tool', 'after_tool'].flatMap((event) => [
      { event, agents: ['told'], url: `${url}/yes` },
      { event, agents: ['told'], command: [program('keep', 'exit 0')] },
    ]),
    before('stopped', { command: [program('refuse', 'echo "no writing today" >&2; exit 2')] }),
    before('asked', { url: `${url}/no` }),
    before('broken', { url: `${url}/broken` }),
    before('garbled', { url: `${url}/html` }),
    before('patient', { url: `${url}/silent` }, { timeout_seconds: 1 }),
    before('hanging', { command: [program('hang', 'sleep 600')] }, { timeout_seconds: 1 }),
    before('missing', { command: [path.join(place.home, 'no-such-program')] }),
    { event: 'before_turn', agents: ['shut'], command: [program('close', 'echo "closed for the night" >&2; exit 2')] },
  ];
  const team = Object.fromEntries(agents.map((agent) => [agent, { tools: 'coding' }]));
  writeFileSync(place.configFile, JSON.stringify({ model: 'rehearsal/default', agents: team, hooks }));
  daemon = await startDaemonProcess(place, { env: { CANARY_KEY: 'canary-in-the-environment' } });
});

afterAll(async () => {
  await daemon.stop();
  listener.server.closeAllConnections();
  listener.server.close();
  place.remove();
});

const written = (agent: string) => existsSync(path.join(place.home, 'agents', agent, 'a.txt'));

describe('hooks', () => {
  test('are told before and after a turn and a tool call, in that order, at an address and in a program', async () => {
    expect(await ask(daemon, 'told', 'write')).toMatchObject({ status: 'completed' });
    expect(written('told')).toBe(true);
    const order = ['before_turn', 'before_tool', 'after_tool', 'after_turn'];
    const told = await until('the last hook at the address', () => {
      const events = listener.heard.filter(({ agent }) => agent === 'told');
      return events.length === 4 ? events : undefined;
    });
    expect(told.map(({ event }) => event)).toEqual(order);
    expect(told[1]).toMatchObject({ tool: 'write_file', args: { content: 'x' }, turnId: expect.any(String), sessionKey: expect.any(String) });
    expect(told[2]).toMatchObject({ tool: 'write_file', outcome: 'done' });
    expect(told[3]).toMatchObject({ outcome: 'completed' });
    const kept = await until('the last hook in the program', () => {
      const lines = readFileSync(diary, 'utf8').split('\n').filter(Boolean);
      return lines.length >= 4 ? lines : undefined;
    });
    expect(kept.map((line) => heardEvent.parse(JSON.parse(line)).event)).toEqual(order);
    expect(readFileSync(`${diary}.env`, 'utf8')).not.toContain('canary-in-the-environment');
  });

  test.each([
    ['stopped', 'a program that ends with 2, with its words as the reason', /no writing today/],
    ['asked', 'an address that says no, with its reason', /not on a Friday/],
    ['broken', 'an address that answers with 500', /answered 500/],
    ['garbled', 'an address that answers with something else', /./],
    ['patient', 'an address that is silent past its deadline', /did not answer within 1000 ms/],
    ['hanging', 'a program that hangs past its deadline', /did not answer within 1000 ms/],
    ['missing', 'a program that does not exist', /no-such-program/],
  ])('stop a call: %s, %s', async (agent, _what, reason) => {
    const turn = await ask(daemon, agent, 'write');
    expect(turn.status).toBe('completed');
    const [result] = await resultsOf(daemon, turn);
    expect(result).toMatchObject({ tool: 'write_file', outcome: 'refused', text: expect.stringMatching(/^Refused by a hook: /) });
    expect(result?.text).toMatch(reason);
    expect(written(agent)).toBe(false);
    const events = await eventsOf(daemon, `session:${turn.sessionKey}`);
    expect(events.map(({ type }) => type)).toContain('tool.refused');
    expect(events.map(({ type }) => type)).not.toContain('tool.called');
    expect(await eventsOf(daemon, 'installation')).toContainEqual(
      expect.objectContaining({ type: 'hook.ran', data: expect.objectContaining({ agent, allow: false }) }),
    );
  });

  test('stop a turn before it begins, and the session takes the next message', async () => {
    for (const text of ['write', 'hello']) {
      const turn = await ask(daemon, 'shut', text);
      expect(turn).toMatchObject({ status: 'failed', steps: 0, reason: expect.stringContaining('closed for the night') });
    }
    expect(written('shut')).toBe(false);
  });
});
