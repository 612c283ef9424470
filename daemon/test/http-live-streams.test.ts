/** Streams: resumed without a gap, bounded for the slow, cut at once when their credential ends. */
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventView } from '@guildhall/protocol';
import { eventually, openDoor, type TestDoor } from './http-open-door.ts';
import { request } from './http-raw-socket.ts';

const eventPage = z.object({ events: z.array(eventView), cursor: z.string() });

interface Frame {
  readonly id?: string;
  readonly data?: string;
  readonly comment?: string;
}

interface Followed {
  readonly status: number;
  readonly frames: Frame[];
  /** How the stream ended, once it has. */
  readonly ended: Promise<'ended' | 'broken'>;
  leave(): void;
}

async function follow(door: TestDoor, path: string, how: { readonly secret?: string; readonly headers?: Record<string, string> } = {}): Promise<Followed> {
  const leave = new AbortController();
  const response = await fetch(`${door.url}${path}`, {
    signal: leave.signal,
    headers: { authorization: `Bearer ${how.secret ?? door.operator}`, accept: 'text/event-stream', ...how.headers },
  });
  const frames: Frame[] = [];
  const ended = read(response, frames);
  return { status: response.status, frames, ended, leave: () => leave.abort() };
}

async function read(response: Response, frames: Frame[]): Promise<'ended' | 'broken'> {
  let rest = '';
  try {
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      rest += chunk;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) frames.push(parseFrame(block));
    }
    return 'ended';
  } catch {
    return 'broken';
  }
}

function parseFrame(block: string): Frame {
  const frame: { id?: string; data?: string; comment?: string } = {};
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) frame.id = line.slice(4);
    if (line.startsWith('data: ')) frame.data = line.slice(6);
    if (line.startsWith(':')) frame.comment = line.slice(1).trim();
  }
  return frame;
}

const idsOf = (followed: Followed) => followed.frames.filter((frame) => frame.id !== undefined).map((frame) => frame.id);
const dataOf = (followed: Followed) => followed.frames.filter((frame) => frame.data !== undefined);

describe('the journal', () => {
  it('comes as a page of JSON, or live to who asks for a stream', async () => {
    const door = await openDoor();
    for (let count = 0; count < 3; count += 1) door.appendEvent('installation');
    const page = (await door.call('GET', '/v1/events?limit=2')).as(eventPage);
    expect(page.events.map((event) => event.seq)).toEqual([1, 2]);
    expect((await door.call('GET', `/v1/events?after=${page.cursor}`)).as(eventPage).events).toHaveLength(1);
    const live = await follow(door, '/v1/events?after=installation@1');
    await eventually(() => idsOf(live).length === 2);
    door.appendEvent('session:x');
    door.wake();
    await eventually(() => idsOf(live).length === 3);
    expect(idsOf(live)).toEqual(['000000002', '000000003', '000000004']);
    expect(JSON.parse(dataOf(live)[2]?.data ?? '')).toMatchObject({ stream: 'session:x', seq: 1 });
  });

  it('goes on behind Last-Event-ID, and narrows to one stream', async () => {
    const door = await openDoor();
    for (const stream of ['a', 'b', 'a', 'b', 'a']) door.appendEvent(stream);
    const live = await follow(door, '/v1/events?stream=a', { headers: { 'last-event-id': '000000001' } });
    await eventually(() => idsOf(live).length === 2);
    expect(idsOf(live)).toEqual(['000000003', '000000005']);
  });

  it('refuses a cursor that is none before anything is sent', async () => {
    const door = await openDoor();
    const refused = await door.call('GET', '/v1/events?after=nonsense', { headers: { accept: 'text/event-stream' } });
    expect(refused.json).toMatchObject({ status: 400, code: 'invalid-input' });
  });

  it('finds what a lost wake-up would have told, at the next look', async () => {
    const door = await openDoor({ pollMs: 100 });
    const live = await follow(door, '/v1/events');
    door.appendEvent('installation');
    await eventually(() => idsOf(live).length === 1, 1_000);
  });

  it('is not missed when it grows while a follower looks and finds nothing', async () => {
    const door = await openDoor({ pollMs: 60_000 });
    const before = { ...door.operations };
    let looks = 0;
    door.operations.readEvents = async (query) => {
      const page = await before.readEvents(query);
      looks += 1;
      if (looks !== 2) return page;
      door.appendEvent('installation');
      door.wake();
      return page;
    };
    door.appendEvent('installation');
    const live = await follow(door, '/v1/events');
    await eventually(() => idsOf(live).length === 2, 2_000);
    live.leave();
  });

  it('is read and put into words once for a hundred followers, and none misses an event', async () => {
    const door = await openDoor({ pollMs: 60_000 });
    const all = await Promise.all(Array.from({ length: 100 }, () => follow(door, '/v1/events')));
    await eventually(() => all.every((followed) => followed.frames.length > 0));
    const before = door.state.journalReads;
    for (let round = 0; round < 20; round += 1) {
      door.appendEvent('installation');
      door.wake();
      if (round % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => all.every((followed) => idsOf(followed).length === 20));
    for (const followed of all) expect(idsOf(followed)).toEqual(door.journal.map((event) => event.cursor));
    expect(door.state.journalReads - before).toBeLessThan(400);
    for (const followed of all) followed.leave();
  });

  it('is exported whole, in lines', async () => {
    const door = await openDoor();
    for (let count = 0; count < 1_203; count += 1) door.appendEvent('installation', { text: 'x'.repeat(1_000) });
    const answer = await door.call('GET', '/v1/audit/export');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = answer.text.trimEnd().split('\n');
    expect(lines.map((line) => eventView.parse(JSON.parse(line)).seq)).toEqual(Array.from({ length: 1_203 }, (_item, index) => index + 1));
  });

  it('that breaks in the middle of an export does not look whole', async () => {
    const door = await openDoor();
    for (let count = 0; count < 600; count += 1) door.appendEvent('installation', { text: 'x'.repeat(1_000) });
    const before = { ...door.operations };
    door.operations.readEvents = (query) => (query.after === '' ? before.readEvents(query) : Promise.reject(new Error('disk')));
    await expect(door.call('GET', '/v1/audit/export')).rejects.toThrow('terminated');
    expect(door.told.faults).toHaveLength(1);
  });
});

describe('a session', () => {
  it('is told live in AG-UI words, with the numbers of its entries, and resumed without a gap', async () => {
    const door = await openDoor();
    const session = door.openSession('coder', 'a/b c');
    for (const text of ['one', 'two', 'three']) session.record(text);
    const path = `/v1/sessions/${encodeURIComponent(session.key)}/stream`;
    const fromStart = await follow(door, `${path}?after=0`);
    await eventually(() => idsOf(fromStart).length === 3);
    const resumed = await follow(door, `${path}?after=0`, { headers: { 'last-event-id': '2' } });
    const live = await follow(door, path);
    await eventually(() => session.followers() === 3);
    door.say(session.key, { type: 'TEXT_MESSAGE_CONTENT', messageId: 'e4', delta: 'line\nbreak' });
    door.say(session.key, { type: 'TEXT_MESSAGE_END', messageId: 'e4' }, session.record('four'));
    await eventually(() => idsOf(live).length === 1 && idsOf(resumed).length === 2);
    expect(idsOf(resumed)).toEqual(['3', '4']);
    expect(dataOf(live).map((frame): unknown => JSON.parse(frame.data ?? ''))).toEqual([
      { type: 'TEXT_MESSAGE_CONTENT', messageId: 'e4', delta: 'line\nbreak' },
      { type: 'TEXT_MESSAGE_END', messageId: 'e4' },
    ]);
    live.leave();
    resumed.leave();
    fromStart.leave();
    await eventually(() => session.followers() === 0);
  });

  it('that is not there, and a place that is none, are refused as such', async () => {
    const door = await openDoor();
    expect((await door.call('GET', '/v1/sessions/agent%3Acoder%3Amain/stream')).json).toMatchObject({ code: 'not-found' });
    const { key } = door.openSession('coder', 'c');
    expect((await door.call('GET', `/v1/sessions/${encodeURIComponent(key)}/stream`, { headers: { 'last-event-id': 'x' } })).status).toBe(400);
  });
});

describe('a stream', () => {
  it('is closed within a second of its credential being revoked, and told nothing more', async () => {
    const door = await openDoor();
    const { secret, credential } = door.issue(['read']);
    const { key } = door.openSession('coder', 'c');
    const streams = [await follow(door, '/v1/events', { secret }), await follow(door, `/v1/sessions/${encodeURIComponent(key)}/stream`, { secret })];
    const mine = await follow(door, '/v1/events');
    await eventually(() => [...streams, mine].every((followed) => followed.frames.length > 0));
    const began = performance.now();
    door.revoke(credential.id);
    door.appendEvent('installation');
    door.wake();
    door.say(key, { type: 'TEXT_MESSAGE_END', messageId: 'e1' });
    expect(await Promise.all(streams.map((followed) => followed.ended))).toEqual(['broken', 'broken']);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(streams.flatMap(dataOf)).toEqual([]);
    await eventually(() => dataOf(mine).length === 1);
    expect((await door.call('GET', '/v1/status', { secret })).status).toBe(401);
    mine.leave();
  });

  it('is closed soon after its credential expires', async () => {
    const door = await openDoor({ heartbeatMs: 100 });
    const { secret } = door.issue(['read'], { expiresAt: Date.now() + 300 });
    const followed = await follow(door, '/v1/events', { secret });
    expect(followed.status).toBe(200);
    expect(await followed.ended).toBe('broken');
  });

  it('of a credential revoked while it was being looked up does not open', async () => {
    const door = await openDoor();
    const { secret, credential } = door.issue(['read']);
    const before = { ...door.operations };
    door.operations.authenticate = async (given) => {
      const found = await before.authenticate(given);
      if (given === secret) door.revoke(credential.id);
      return found;
    };
    expect((await follow(door, '/v1/events', { secret })).status).toBe(401);
    expect((await door.call('GET', '/v1/status', { secret })).status).toBe(401);
  });

  it('is not the only thing a revocation ends: an answer that was waited for is not given', async () => {
    const door = await openDoor();
    door.behaviour.hold = new Promise(() => {});
    const { secret, credential } = door.issue(['read']);
    const accepted = await door.operations.acceptMessage({ platform: 'api', chat: 'c', messageId: 'm', text: 't' }, credential);
    if (!accepted.ok) throw new Error('not accepted');
    const waiting = door.call('GET', `/v1/turns/${accepted.value.turnId}?waitMs=20000`, { secret });
    await eventually(() => door.state.authenticated === 1);
    door.revoke(credential.id);
    expect((await waiting).status).toBe(401);
  });

  it('that is silent says that it is still there', async () => {
    const door = await openDoor({ heartbeatMs: 50 });
    const followed = await follow(door, '/v1/events');
    await eventually(() => followed.frames.filter((frame) => frame.comment === 'still here').length >= 3);
    followed.leave();
  });

  it('beyond the most of its credential is refused, and one that ended makes room', async () => {
    const door = await openDoor({ streamsPerCredential: 3 });
    const open = [await follow(door, '/v1/events'), await follow(door, '/v1/events'), await follow(door, '/v1/events')];
    expect((await door.call('GET', '/v1/events', { headers: { accept: 'text/event-stream' } })).json).toMatchObject({ status: 429, code: 'limit-reached' });
    const other = await follow(door, '/v1/events', { secret: door.secretFor('read') });
    expect(other.status).toBe(200);
    open[0]?.leave();
    await eventually(async () => {
      const again = await follow(door, '/v1/events');
      if (again.status === 200) open.push(again);
      return again.status === 200;
    });
    expect((await door.call('GET', '/v1/status')).status).toBe(200);
    for (const followed of [...open, other]) followed.leave();
  });

  it('whose reader takes nothing is cut off with little waiting for it, and resumes where it was', async () => {
    const door = await openDoor({ streamBufferBytes: 64 * 1024, stallMs: 900, streamsPerCredential: 1 });
    for (let count = 0; count < 10_000; count += 1) door.appendEvent('installation', { text: 'x'.repeat(2_000) });
    const before = process.memoryUsage();
    const last = await readALittle(door);
    expect(Number(last)).toBeGreaterThan(0);
    expect((await follow(door, '/v1/events')).status).toBe(429);
    expect(door.state.journalReads).toBeLessThan(60);
    let looks = 0;
    const isCut = async () => {
      looks += 1;
      const next = await follow(door, '/v1/events');
      next.leave();
      return next.status === 200;
    };
    await eventually(isCut, 10_000);
    // Each look may read a page of its own; the reader that takes nothing has not caused more.
    expect(door.state.journalReads - looks).toBeLessThan(60);
    expect(process.memoryUsage().heapUsed - before.heapUsed).toBeLessThan(60 * 1024 * 1024);
    let resumed = await follow(door, '/v1/events', { headers: { 'last-event-id': last } });
    await eventually(async () => {
      if (resumed.status !== 200) resumed = await follow(door, '/v1/events', { headers: { 'last-event-id': last } });
      return resumed.status === 200;
    });
    await eventually(() => idsOf(resumed).at(-1) === '000010000', 20_000);
    expect(idsOf(resumed)[0]).toBe(String(Number(last) + 1).padStart(9, '0'));
    expect(idsOf(resumed)).toHaveLength(10_000 - Number(last));
    resumed.leave();
  });
});

/** Opens the journal, reads its first bytes and then nothing more; the id of the last event that was read whole. */
async function readALittle(door: TestDoor): Promise<string> {
  const socket: Socket = connect({ port: door.port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.write(request(['GET /v1/events HTTP/1.1', `Host: 127.0.0.1:${door.port}`, `Authorization: Bearer ${door.operator}`, 'Accept: text/event-stream']));
  let text = '';
  while (!/^id: \d+\ndata: .*\n\n/m.test(text)) {
    text += await new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1'))));
    socket.pause();
  }
  return [...text.matchAll(/^id: (\d+)\ndata: .*\n\n/gm)].at(-1)?.[1] ?? '';
}
