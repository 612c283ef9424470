/** One spelling of every address, and never a credential in it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSessionKey } from '@guildhall/protocol';
import { readRequestTarget } from '../src/http/request-target.ts';
import { openDoor, type TestDoor } from './http-open-door.ts';
import { request, sendRaw } from './http-raw-socket.ts';

function get(door: TestDoor, path: string, secret: string | null = door.operator): Promise<number> {
  const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${door.port}`, 'Connection: close', ...(secret === null ? [] : [`Authorization: Bearer ${secret}`])];
  return sendRaw(door.port, Buffer.from(request(lines), 'latin1')).then((answer) => answer.status);
}

describe('a second spelling of a path', () => {
  it.each([
    '/v1/%2e%2e/v1/status',
    '/v1/../v1/status',
    '/v1/./status',
    '//v1/status',
    '/v1//status',
    '/v1/status;x=1',
    '/v1/status%3bx'.replace('%3b', ';'),
    '/v1%2fstatus',
    '/v1%5cstatus',
    '/v1\\status',
    '/%76%31/status',
    '/v1/st%61tus',
    '/v1/status%00',
    '/v1/sessions/a%2fb',
    '/v1/sessions/%2e%2e',
    '/v1/sessions/%zz',
    '/v1/sessions/%e0%a4',
    '/v1/sessions/%0d%0aX:1',
    '/v1/status#fragment',
    '/v1/caf\u00e9',
    `/v1/${'a'.repeat(9000)}`,
  ])('is refused, with or without a credential: %s', async (path) => {
    const door = await openDoor();
    expect(await get(door, path)).toBe(400);
    expect(await get(door, path, null)).toBe(400);
    expect(door.state.authenticated).toBe(0);
  });

  it.each(['/V1/status', '/v1/Status', '/v1/status/', '/v1/status.', '/v1/status%20', '/v1/%252e%252e/status', '/healthz/', '/healthz%20', '/v1/status%252f'])(
    'is another path: %s',
    async (path) => {
      const door = await openDoor();
      expect(await get(door, path)).toBe(404);
      expect(await get(door, path, null)).toBe(401);
      expect(door.calls).toEqual([]);
    },
  );
});

describe('a value in a path', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

  it('that is a session key arrives as it was, whatever it names', async () => {
    const door = await openDoor();
    let asked: string | undefined;
    const before = { ...door.operations };
    door.operations.readSession = (key) => {
      asked = key;
      return before.readSession(key);
    };
    await fc.assert(
      fc.asyncProperty(text, text, text, async (chat, thread, account) => {
        const key = formatSessionKey({ kind: 'agent-chat', agent: 'coder', platform: 'telegram', account, chatType: 'thread', chat, thread });
        asked = undefined;
        const answer = await door.call('GET', `/v1/sessions/${encodeURIComponent(key)}`);
        expect(answer.status).toBe(404);
        expect(asked).toBe(key);
      }),
      { numRuns: 200 },
    );
  });

  it('never breaks the reader of addresses, and what it accepts has one spelling', () => {
    const piece = fc.oneof(
      fc.constantFrom('/', '.', '..', '%', '%2e', '%2f', '%00', '?', '&', '=', '#', ';', 'v1', 'status', 'plans', '\\', 'é', '\u0000'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const target = readRequestTarget(`/${pieces.join('')}`, 8192);
        if (!target.ok) return;
        for (const segment of target.value.path.split('/').slice(1, -1)) expect(segment).not.toBe('');
        for (const segment of target.value.path.split('/')) expect(['.', '..']).not.toContain(decodeURIComponent(segment));
        if (/^\/v1\/(plans|why)\//.test(target.value.path)) return;
        expect(decodeURIComponent(target.value.path).split('/')).toHaveLength(target.value.path.split('/').length);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    '1 or 1=1',
    "'; drop table sessions; --",
    '{"$gt":""}',
    'null',
    '🦊',
    '\u202eevil',
    '../../etc/passwd'.replaceAll('/', '|'),
    '__proto__',
    'constructor',
  ])('of any kind is looked up and not found: %s', async (id) => {
    const door = await openDoor();
    expect((await door.call('GET', `/v1/turns/${encodeURIComponent(id)}`)).status).toBe(404);
    expect((await door.call('GET', `/v1/sessions/${encodeURIComponent(id)}`)).status).toBe(404);
  });
});

describe('a credential in an address', () => {
  it.each([
    'token',
    'access_token',
    'access-token',
    'Access_Token',
    'api_key',
    'apikey',
    'API-KEY',
    'key',
    'auth',
    'authorization',
    'secret',
    'password',
    'code',
  ])('as %s is refused on every kind of route and told to nobody', async (name) => {
    const door = await openDoor();
    for (const path of ['/v1/status', '/v1/nothing', '/', '/healthz', '/v1/events']) {
      expect((await door.call('GET', `${path}?${name}=anything`)).status, path).toBe(400);
      const answer = await door.call('GET', `${path}?${name}=${door.operator}`);
      expect(answer.status, path).toBe(400);
      expect(answer.text).not.toContain(door.operator);
    }
    expect(JSON.stringify(door.told)).not.toContain(door.operator);
    expect(door.state.authenticated).toBe(0);
  });

  it('is recognised under any name and in the path', async () => {
    const door = await openDoor();
    for (const path of [
      `/v1/status?x=${door.operator}`,
      `/v1/turns/${door.operator}`,
      `/v1/search?agent=a&q=${door.operator}`,
      `/v1/turns/x%20${door.operator}`,
    ]) {
      const answer = await door.call('GET', path);
      expect(answer.status, path).toBe(400);
      expect(answer.text).not.toContain(door.operator);
    }
  });
});

describe('a query', () => {
  it('that tells the page where to go is ignored', async () => {
    const door = await openDoor();
    const answer = await door.call('GET', '/?gatewayUrl=ws://evil.example&next=//evil.example', { secret: null });
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('evil');
    expect(answer.headers.get('location')).toBeNull();
  });

  it('with an unknown or repeated name, or a wrong value, is refused', async () => {
    const door = await openDoor();
    expect((await door.call('GET', '/v1/sessions?limt=5')).json).toMatchObject({ code: 'unknown-field' });
    expect((await door.call('GET', '/v1/sessions?limit=5&limit=6')).status).toBe(400);
    for (const limit of ['0', '-1', '1e3', '501', '9999999999', 'NaN', '', ' 5'])
      expect((await door.call('GET', `/v1/sessions?limit=${encodeURIComponent(limit)}`)).status, limit).toBe(400);
    expect((await door.call('GET', '/v1/sessions?limit=5')).status).toBe(200);
    expect((await door.call('GET', '/v1/sessions?__proto__=x&constructor=y')).status).toBe(400);
  });
});
