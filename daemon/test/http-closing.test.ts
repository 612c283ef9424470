/** Stopping: nothing new, what runs may end, and an end in any case. */
import { describe, expect, it } from 'vitest';
import { expectDone } from '@guildhall/protocol';
import { systemClock, systemIds } from '@guildhall/kernel';
import { createHttpDoor } from '../src/http/door.ts';
import { defaultDoorLimits } from '../src/http/limits.ts';
import { eventually, openDoor } from './http-open-door.ts';
import { openSocket, request, sendRaw } from './http-raw-socket.ts';

describe('a door that closes', () => {
  it('lets a running request finish and ends streams with a word', async () => {
    const door = await openDoor();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let entered = false;
    door.operations.doctor = async () => {
      entered = true;
      await held;
      return [{ subject: 'database', ok: true, level: 'ok', message: 'fine' }];
    };
    const stream = await fetch(`${door.url}/v1/events`, { headers: { authorization: `Bearer ${door.operator}`, accept: 'text/event-stream' } });
    const streamed = stream.text();
    const running = door.call('GET', '/v1/doctor');
    await eventually(() => entered);
    const closed = door.door.close();
    expect(await streamed).toContain(': the daemon is stopping; connect again and resume');
    release();
    expect((await running).json).toMatchObject([{ message: 'fine' }]);
    await closed;
    await expect(door.call('GET', '/healthz')).rejects.toThrow('fetch failed');
  });

  it('answers a wait with what is known, and does not stop the turn', async () => {
    const door = await openDoor();
    door.behaviour.hold = new Promise(() => {});
    const accepted = expectDone(
      await door.operations.acceptMessage({ platform: 'api', chat: 'c', messageId: 'm', text: 't' }, door.issue(['operator']).credential),
    );
    const waiting = door.call('GET', `/v1/turns/${accepted.turnId}?waitMs=60000`);
    const asking = door.call('POST', '/v1/chat/completions', { body: { model: 'coder', messages: [{ role: 'user', content: 'x' }] } });
    await eventually(() => door.state.turnsRun === 2);
    await door.door.close();
    expect((await waiting).json).toMatchObject({ status: 'running' });
    const told = await asking;
    expect(told.json).toMatchObject({ error: { code: 'draining' } });
    expect(told.headers.get('x-should-retry')).toBe('false');
    expect(door.calls.some((call) => call.startsWith('cancelTurn'))).toBe(false);
  });

  it('refuses what comes on a connection that is still open', async () => {
    const door = await openDoor();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    door.operations.doctor = async () => {
      await held;
      return [];
    };
    const head = (path: string) => request([`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${door.port}`, `Authorization: Bearer ${door.operator}`]);
    const socket = await openSocket(door.port);
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.write(head('/v1/doctor'));
    await eventually(() => door.state.authenticated === 1);
    const closed = door.door.close();
    socket.write(head('/v1/status'));
    release();
    await eventually(() => text.includes('503'));
    expect(text).toMatch(/HTTP\/1\.1 200 OK[^]*HTTP\/1\.1 503[^]*"code":"draining"/);
    await closed;
    expect(door.calls).toEqual([]);
  });

  it('ends in time whatever clients and handlers do, and says the same to everybody who asks it to close', async () => {
    const door = await openDoor({ drainMs: 300 });
    door.operations.doctor = () => new Promise(() => {});
    const stuck = door.call('GET', '/v1/doctor');
    stuck.catch(() => undefined);
    const idle = await openSocket(door.port);
    await eventually(() => door.state.authenticated === 1);
    const began = performance.now();
    await Promise.all([door.door.close(), door.door.close()]);
    expect(performance.now() - began).toBeLessThan(2_000);
    await expect(stuck).rejects.toThrow('fetch failed');
    idle.destroy();
  });

  it('leaves the port free for the next one', async () => {
    const first = await openDoor();
    await first.door.close();
    const second = createHttpDoor({
      operations: first.operations,
      idempotency: first.idempotency,
      clock: systemClock,
      ids: systemIds(() => Date.now()),
      page: { html: '', assets: new Map() },
      limits: defaultDoorLimits,
      observer: { fault: () => undefined, refused: () => undefined },
    });
    const open = expectDone(await second.listen(first.port));
    expect(open.url).toBe(first.url);
    const taken = await second.listen(first.port);
    expect(taken).toMatchObject({ ok: false, refusal: { code: 'already-running', details: { port: first.port } } });
    await open.close();
  });
});

describe('a fault behind the door', () => {
  it('is told to the daemon, and the client learns only that it happened', async () => {
    const door = await openDoor();
    door.operations.status = () => Promise.reject(new Error('SQL: select secret from /home/me/db'));
    const answer = await door.call('GET', '/v1/status');
    expect(answer.json).toMatchObject({ status: 500, code: 'failed' });
    expect(answer.text).not.toContain('SQL');
    expect(door.told.faults).toHaveLength(1);
    door.operations.authenticate = () => Promise.reject(new Error('gone'));
    expect((await door.call('GET', '/v1/nothing')).status).toBe(500);
    expect((await door.call('GET', '/v1/agents')).status).toBe(500);
    expect((await sendRaw(door.port, request(['GET /healthz HTTP/1.1', `Host: 127.0.0.1:${door.port}`]))).status).toBe(200);
  });
});
