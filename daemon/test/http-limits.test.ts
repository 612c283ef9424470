/** Guessing, crowding and flooding: who has a credential still gets in. */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createFailedAttempts, clientAddress } from '../src/http/failed-attempts.ts';
import { eventually, openDoor, type TestDoor } from './http-open-door.ts';
import { openSocket, request } from './http-raw-socket.ts';

function statusFrom(door: TestDoor, localAddress: string, secret: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: door.port, host: '127.0.0.1', localAddress });
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0))).on('error', reject);
    socket.write(request(['GET /v1/status HTTP/1.1', `Host: 127.0.0.1:${door.port}`, `Authorization: Bearer ${secret}`, 'Connection: close']));
  });
}

describe('guessing credentials', () => {
  it('is slowed down on the loopback too, and reaches the store only at the allowed rate', async () => {
    const door = await openDoor({ failuresPerMinute: 10 });
    const statuses: number[] = [];
    for (let guess = 0; guess < 200; guess += 1) statuses.push((await door.call('GET', '/v1/status', { secret: `wrong-${guess}` })).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10).filter((status) => status === 429).length).toBeGreaterThan(180);
    expect(door.state.authenticated).toBeLessThan(20);
    expect(door.told.refused.length).toBeLessThan(20);
  });

  it('does not lock out a credential that was in use, nor anybody at another address', async () => {
    const door = await openDoor({ failuresPerMinute: 3 });
    const unused = door.secretFor('operator');
    expect((await door.call('GET', '/v1/status')).status).toBe(200);
    for (let guess = 0; guess < 10; guess += 1) await door.call('GET', '/v1/status', { secret: `wrong-${guess}` });
    expect((await door.call('GET', '/v1/status', { secret: unused })).status).toBe(429);
    expect((await door.call('GET', '/v1/status')).status).toBe(200);
    expect(await statusFrom(door, '127.0.0.2', unused)).toBe(200);
    expect(await statusFrom(door, '127.0.0.2', 'wrong')).toBe(401);
  });

  it('stays slow for a credential that was right and is revoked', async () => {
    const door = await openDoor({ failuresPerMinute: 3 });
    const { secret, credential } = door.issue(['operator']);
    expect((await door.call('GET', '/v1/status', { secret })).status).toBe(200);
    door.revoke(credential.id);
    const statuses: number[] = [];
    for (let again = 0; again < 8; again += 1) statuses.push((await door.call('GET', '/v1/status', { secret })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
  });

  it('is not what the holder of a claim does that has ended: nobody at its address is slowed down, and the store is not asked again', async () => {
    const door = await openDoor({ failuresPerMinute: 3 });
    const { secret, credential } = door.issue(['claim:task_1']);
    expect((await door.call('GET', '/v1/tasks/task_1', { secret })).status).toBe(200);
    door.revoke(credential.id);
    const asked = door.state.authenticated;
    for (let again = 0; again < 8; again += 1) expect((await door.call('POST', '/v1/tasks/task_1/heartbeat', { secret })).status).toBe(401);
    expect(door.state.authenticated).toBe(asked + 1);
    expect((await door.call('GET', '/v1/status', { secret: door.secretFor('operator') })).status).toBe(200);
  });

  it('is counted under one name per client, whatever else is sent along', async () => {
    expect(clientAddress('::ffff:1.2.3.4')).toBe(clientAddress('1.2.3.4'));
    expect(clientAddress('::FFFF:127.0.0.1')).toBe('127.0.0.1');
    expect(clientAddress('fe80::1%eth0')).toBe('fe80::1');
    const door = await openDoor({ failuresPerMinute: 4 });
    const statuses: number[] = [];
    for (let guess = 0; guess < 8; guess += 1) {
      const headers: Record<string, string> = {
        'x-forwarded-for': `10.0.0.${guess}`,
        forwarded: `for=10.0.0.${guess}`,
        ...(guess % 2 === 0 ? { cookie: 'guildhall_session=bogus' } : {}),
      };
      statuses.push(
        (
          await door.call('GET', '/v1/status', {
            secret: guess % 3 === 0 ? null : `wrong-${guess}`,
            headers: { ...headers, cookie: 'guildhall_session=bogus' },
          })
        ).status,
      );
    }
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429, 429, 429]);
  });

  it('gets its tries back with time', () => {
    let now = 0;
    const clock = { now: () => now, mono: () => now, sleep: async () => undefined };
    const failures = createFailedAttempts(clock, 6);
    for (let count = 0; count < 6; count += 1) {
      expect(failures.waitSeconds('a')).toBe(0);
      failures.recordFailure('a');
    }
    expect(failures.waitSeconds('a')).toBe(10);
    expect(failures.waitSeconds('b')).toBe(0);
    now += 9_999;
    expect(failures.waitSeconds('a')).toBe(1);
    now += 1;
    expect(failures.waitSeconds('a')).toBe(0);
    failures.recordFailure('a');
    expect(failures.waitSeconds('a')).toBe(10);
  });
});

describe('crowding', () => {
  it('by 600 connections that say nothing leaves authenticated ones and newcomers alone', async () => {
    const door = await openDoor({ strangers: 50 });
    const stream = new AbortController();
    const followed = await fetch(`${door.url}/v1/events`, {
      signal: stream.signal,
      headers: { authorization: `Bearer ${door.operator}`, accept: 'text/event-stream' },
    });
    const told = followed.body?.pipeThrough(new TextDecoderStream()).getReader();
    await told?.read();
    const crowd: Socket[] = [];
    for (let count = 0; count < 600; count += 1) {
      const socket = await openSocket(door.port);
      socket.write('GET /v1/events HTTP/1.1\r\nUpgrade: websocket\r\n');
      crowd.push(socket);
    }
    expect((await door.call('GET', '/v1/status')).status).toBe(200);
    await eventually(() => crowd.filter((socket) => socket.closed || socket.destroyed).length >= 545);
    door.appendEvent('installation');
    door.wake();
    expect((await told?.read())?.value).toContain('"stream":"installation"');
    stream.abort();
    for (const socket of crowd) socket.destroy();
  });

  it('by one credential is bounded and says when to come back', async () => {
    const door = await openDoor({ requestsPerCredential: 4 });
    const accepted = await door.operations.acceptMessage({ platform: 'api', chat: 'c', messageId: 'm', text: 't' }, door.issue(['operator']).credential);
    let release = () => {};
    door.behaviour.hold = new Promise((resolve) => (release = resolve));
    const held = await door.operations.acceptMessage({ platform: 'api', chat: 'd', messageId: 'n', text: 't' }, door.issue(['operator']).credential);
    if (!accepted.ok || !held.ok) throw new Error('not accepted');
    const waits = Array.from({ length: 4 }, () => door.call('GET', `/v1/turns/${held.value.turnId}?waitMs=5000`));
    await eventually(async () => (await door.call('GET', '/v1/status')).status === 429);
    const refused = await door.call('GET', '/v1/status');
    expect(refused.json).toMatchObject({ code: 'rate-limited' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await door.call('GET', '/v1/status', { secret: door.secretFor('operator') })).status).toBe(200);
    release();
    for (const answer of await Promise.all(waits)) expect(answer.json).toMatchObject({ status: 'completed' });
    expect((await door.call('GET', '/v1/status')).status).toBe(200);
  });
});
