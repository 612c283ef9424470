/** The same request sent again has one effect and one answer. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { acceptedAnswer, Fault, issuedCredential, refuse } from '@guildhall/protocol';
import { eventually, openDoor, type TestDoor } from './http-open-door.ts';
import { request } from './http-raw-socket.ts';

const body = { file: '/tmp/backup' };

function backup(door: TestDoor, key: string, more: { readonly body?: unknown; readonly secret?: string } = {}) {
  return door.call('POST', '/v1/db/backup', {
    body: more.body ?? body,
    headers: { 'idempotency-key': key },
    ...(more.secret === undefined ? {} : { secret: more.secret }),
  });
}

describe('an Idempotency-Key', () => {
  it('makes fifty requests at once one effect with one answer', async () => {
    const door = await openDoor();
    const before = { ...door.operations };
    door.operations.backup = async (file, by) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return before.backup(file, by);
    };
    const answers = await Promise.all(Array.from({ length: 50 }, () => backup(door, 'k-1')));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.text}`))).toEqual(new Set(['200 {"file":"/tmp/backup","bytes":1}']));
    expect(door.state.backups).toBe(1);
    expect((await backup(door, 'k-1')).text).toBe(answers[0]?.text);
    expect(door.state.backups).toBe(1);
  });

  it('with another body, path or query is refused', async () => {
    const door = await openDoor();
    await backup(door, 'k');
    expect((await backup(door, 'k', { body: { file: '/tmp/other' } })).json).toMatchObject({ status: 409, code: 'idempotency-mismatch' });
    const elsewhere = await door.call('POST', '/v1/sign-out', { body, headers: { 'idempotency-key': 'k' } });
    expect(elsewhere.status).toBe(400);
    expect(door.state.backups).toBe(1);
  });

  it('is a different key for every credential', async () => {
    const door = await openDoor();
    await backup(door, 'k');
    expect((await backup(door, 'k', { secret: door.secretFor('operator'), body: { file: '/tmp/mine' } })).json).toMatchObject({ file: '/tmp/mine' });
    expect(door.state.backups).toBe(2);
  });

  it('keeps a refusal that is about the request, and forgets one that is about the moment', async () => {
    const door = await openDoor();
    const before = { ...door.operations };
    let asked = 0;
    door.operations.backup = async () => {
      asked += 1;
      return refuse('outside-workspace', 'not there');
    };
    const first = await backup(door, 'kept');
    expect(first).toMatchObject({ status: 403 });
    expect((await backup(door, 'kept')).text).toBe(first.text);
    expect(asked).toBe(1);
    door.operations.backup = async () => refuse('storage-unavailable', 'disk full');
    expect((await backup(door, 'forgotten')).status).toBe(503);
    door.operations.backup = async () => {
      throw new Fault('storage-unavailable', 'disk gone');
    };
    expect((await backup(door, 'forgotten')).json).toMatchObject({ status: 503, code: 'storage-unavailable' });
    Object.assign(door.operations, before);
    expect((await backup(door, 'forgotten')).status).toBe(200);
    expect((await backup(door, 'forgotten')).headers.get('idempotent-replay')).toBe('true');
    expect(door.state.backups).toBe(1);
  });

  it('does not keep a request that never was one', async () => {
    const door = await openDoor();
    expect((await backup(door, 'k', { body: { nonsense: 1 } })).status).toBe(400);
    expect((await backup(door, 'k')).status).toBe(200);
    for (const key of ['', 'a b', 'x'.repeat(201), 'é']) {
      const answer = await door.call('POST', '/v1/db/backup', { body, headers: { 'idempotency-key': key } });
      expect(answer.status, key).toBe(400);
    }
    expect(door.state.backups).toBe(1);
  });

  it('never shows a secret twice, and never stores it', async () => {
    const door = await openDoor();
    const ask = () => door.call('POST', '/v1/tokens', { body: { scope: 'read' }, headers: { 'idempotency-key': 'token' } });
    const first = await ask();
    expect(first.status).toBe(201);
    expect((await ask()).json).toMatchObject({ status: 409, code: 'already-issued' });
    expect(door.calls.filter((call) => call === 'createCredential')).toHaveLength(1);
    const kept = await door.idempotency.begin('token', 'nobody', 'x');
    expect(kept.state).toBe('first');
    expect(JSON.stringify([...door.idempotency.rows])).not.toContain(first.as(issuedCredential).secret);
  });

  it('waits for the first request, but not for ever', async () => {
    const door = await openDoor({ idempotencyWaitMs: 100 });
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const before = { ...door.operations };
    door.operations.backup = async (file, by) => {
      await held;
      return before.backup(file, by);
    };
    const first = backup(door, 'k');
    await eventually(async () => (await backup(door, 'k')).status === 409);
    const meanwhile = await backup(door, 'k');
    expect(meanwhile.json).toMatchObject({ code: 'wrong-state' });
    expect(meanwhile.headers.get('retry-after')).toBe('1');
    release();
    expect((await first).status).toBe(200);
    expect((await backup(door, 'k')).status).toBe(200);
  });

  it('finds the effect of a request whose client was gone before the answer', async () => {
    const door = await openDoor();
    const text = JSON.stringify(body);
    const before = { ...door.operations };
    let entered = false;
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    door.operations.backup = async (file, by) => {
      entered = true;
      await held;
      return before.backup(file, by);
    };
    const socket = connect({ port: door.port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    const lines = [
      'POST /v1/db/backup HTTP/1.1',
      `Host: 127.0.0.1:${door.port}`,
      `Authorization: Bearer ${door.operator}`,
      'Content-Type: application/json',
      'Idempotency-Key: lost',
    ];
    socket.write(request([...lines, `Content-Length: ${text.length}`], text));
    await eventually(() => entered);
    socket.destroy();
    release();
    expect((await backup(door, 'lost')).json).toEqual({ file: '/tmp/backup', bytes: 1 });
    expect(door.state.backups).toBe(1);
  });
});

describe('a message', () => {
  it('sent again by its own id is accepted once, with or without a key', async () => {
    const door = await openDoor();
    const message = { platform: 'telegram', chat: '1', messageId: '7', text: 'hello' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => door.call('POST', '/v1/messages', { body: message })));
    expect(new Set(answers.map((answer) => answer.as(acceptedAnswer).turnId)).size).toBe(1);
    expect(answers.every((answer) => answer.status === 202)).toBe(true);
    await door.settle();
    expect(door.state.turnsRun).toBe(1);
  });
});
