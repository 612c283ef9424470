/** A web page in the operator's browser reaches the loopback too. All it gets is a no. */
import { describe, expect, it } from 'vitest';
import { openDoor, type TestDoor } from './http-open-door.ts';
import { request, sendRaw } from './http-raw-socket.ts';

function get(door: TestDoor, lines: readonly string[], path = '/v1/status'): Promise<number> {
  return sendRaw(door.port, request([`GET ${path} HTTP/1.1`, `Authorization: Bearer ${door.operator}`, 'Connection: close', ...lines])).then(
    (answer) => answer.status,
  );
}

describe('the name a request calls', () => {
  it('is one of ours, with our port, exactly', async () => {
    const door = await openDoor();
    for (const host of [`127.0.0.1:${door.port}`, `localhost:${door.port}`, `[::1]:${door.port}`]) expect(await get(door, [`Host: ${host}`]), host).toBe(200);
    for (const host of [
      'attacker.example',
      `attacker.example:${door.port}`,
      `localhost.attacker.example:${door.port}`,
      'localhost',
      '127.0.0.1',
      `127.0.0.1:${door.port + 1}`,
      `0.0.0.0:${door.port}`,
      `127.1:${door.port}`,
      `2130706433:${door.port}`,
      `[::ffff:127.0.0.1]:${door.port}`,
      `[0:0:0:0:0:0:0:1]:${door.port}`,
      `localhost.:${door.port}`,
      `user@127.0.0.1:${door.port}`,
      `127.0.0.1:${door.port}, attacker.example`,
      '',
    ]) {
      expect(await get(door, [`Host: ${host}`]), host).toBe(421);
    }
    expect(await get(door, [])).toBe(421);
    expect(await get(door, [`Host: 127.0.0.1:${door.port}`, 'Host: attacker.example'])).toBe(400);
    expect(door.calls.filter((call) => call === 'status')).toHaveLength(3);
  });

  it('is checked on liveness and the page as well', async () => {
    const door = await openDoor();
    for (const path of ['/healthz', '/', '/assets/page.js']) expect(await get(door, ['Host: attacker.example'], path)).toBe(421);
  });

  it('agrees with an address in absolute form', async () => {
    const door = await openDoor();
    const own = `127.0.0.1:${door.port}`;
    expect(await get(door, [`Host: ${own}`], `http://${own}/v1/status`)).toBe(200);
    expect(await get(door, [`Host: ${own}`], 'http://attacker.example/v1/status')).toBe(421);
    expect(await get(door, [`Host: ${own}`], `https://${own}/v1/status`)).toBe(421);
    expect(await get(door, [`Host: ${own}`], `http://${own}@attacker.example/v1/status`)).toBe(421);
    expect(await get(door, [`Host: ${own}`], '*')).toBe(400);
  });

  it('is the loopback alone: no other address of the machine is listened on', async () => {
    const door = await openDoor();
    expect((await sendRaw(door.port, request(['GET /healthz HTTP/1.1', `Host: [::1]:${door.port}`]), { host: '::1' })).status).toBe(200);
    const { networkInterfaces } = await import('node:os');
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
    if (outside !== undefined)
      await expect(sendRaw(door.port, request(['GET /healthz HTTP/1.1', `Host: 127.0.0.1:${door.port}`]), { host: outside })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('where a request says it comes from', () => {
  it('is refused when it is anywhere but our own page, whatever else the request claims', async () => {
    const door = await openDoor();
    const host = `Host: 127.0.0.1:${door.port}`;
    for (const origin of [
      'https://evil.example',
      'null',
      `http://127.0.0.1:${door.port + 1}`,
      `https://127.0.0.1:${door.port}`,
      `http://localhost:${door.port}`,
      'http://127.0.0.1',
      'file://',
      '',
    ]) {
      expect(await get(door, [host, `Origin: ${origin}`, 'X-Client: cli', 'User-Agent: guildhall']), origin).toBe(403);
      expect(await get(door, [host, `Origin: ${origin}`], '/healthz'), origin).toBe(403);
    }
    expect(await get(door, [host, `Origin: http://127.0.0.1:${door.port}`])).toBe(200);
    expect(await get(door, [host, `Origin: http://127.0.0.1:${door.port}`, 'Origin: https://evil.example'])).toBe(400);
  });

  it('is refused when the browser calls it cross-site or same-site', async () => {
    const door = await openDoor();
    const host = `Host: 127.0.0.1:${door.port}`;
    for (const site of ['cross-site', 'same-site', 'anything']) expect(await get(door, [host, `Sec-Fetch-Site: ${site}`]), site).toBe(403);
    for (const site of ['same-origin', 'none']) expect(await get(door, [host, `Sec-Fetch-Site: ${site}`]), site).toBe(200);
  });
});

describe('an upgrade', () => {
  it.each([
    ['with a foreign origin', ['Origin: https://evil.example']],
    ['with our origin', []],
    ['of another name', ['Host: attacker.example']],
  ])('%s is refused before a handler runs, and the connection ends', async (_name, extra) => {
    const door = await openDoor();
    const { secret } = door.issue(['browser']);
    const lines = [
      'GET /v1/events HTTP/1.1',
      ...(extra.some((line) => line.startsWith('Host:')) ? [] : [`Host: 127.0.0.1:${door.port}`]),
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Cookie: guildhall_session=${secret}`,
      ...extra,
    ];
    const answer = await sendRaw(door.port, request(lines));
    expect([403, 421]).toContain(answer.status);
    expect(answer.closed).toBe(true);
    expect(answer.text).not.toContain('101 Switching');
    expect(door.state).toMatchObject({ journalReads: 0, authenticated: 0 });
  });

  it('to anything else, and a tunnel, are refused too', async () => {
    const door = await openDoor();
    const host = `Host: 127.0.0.1:${door.port}`;
    expect(
      (await sendRaw(door.port, request(['GET / HTTP/1.1', host, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'])))
        .status,
    ).toBe(403);
    const tunnel = await sendRaw(door.port, request([`CONNECT 127.0.0.1:${door.port} HTTP/1.1`, host]));
    expect(tunnel.closed).toBe(true);
    expect(tunnel.status).not.toBe(200);
  });
});

describe('a write with the cookie', () => {
  const body = JSON.stringify({ platform: 'web', chat: 'page', messageId: 'm', text: 'x' });
  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded', 'x-guildhall': '1' }, 403],
    ['plain text', { 'content-type': 'text/plain', 'x-guildhall': '1' }, 403],
    ['a type that only begins like JSON', { 'content-type': 'application/jsonp', 'x-guildhall': '1' }, 403],
    ['no header of ours', { 'content-type': 'application/json' }, 403],
    ['both', { 'content-type': 'application/json', 'x-guildhall': '1' }, 202],
  ])('with %s', async (_name, headers, status) => {
    const door = await openDoor();
    const { secret } = door.issue(['browser']);
    const response = await fetch(`${door.url}/v1/messages`, { method: 'POST', body, headers: { ...headers, cookie: `guildhall_session=${secret}` } });
    expect(response.status).toBe(status);
    await door.settle();
    expect(door.state.turnsRun).toBe(status === 202 ? 1 : 0);
  });

  it('with two cookies of our name is no session; another program may have set one', async () => {
    const door = await openDoor();
    const { secret } = door.issue(['browser']);
    for (const cookie of [`guildhall_session=planted; guildhall_session=${secret}`, `guildhall_session=${secret};guildhall_session=${secret}`]) {
      expect((await door.call('GET', '/v1/status', { secret: null, headers: { cookie } })).status).toBe(400);
    }
    expect((await door.call('GET', '/v1/status', { secret: null, headers: { cookie: 'guildhall_session=planted' } })).status).toBe(401);
    expect((await door.call('GET', '/v1/status', { secret: null, headers: { cookie: `other=1; guildhall_session=${secret}` } })).status).toBe(200);
  });

  it('takes a browser session only: a token put into the cookie is none', async () => {
    const door = await openDoor();
    expect((await door.call('GET', '/v1/status', { secret: null, headers: { cookie: `guildhall_session=${door.operator}` } })).status).toBe(401);
  });
});

describe('what a browser may do with an answer', () => {
  it('is said on every answer, refusals and streams included', async () => {
    const door = await openDoor();
    const answers = [
      await door.call('GET', '/', { secret: null }),
      await door.call('GET', '/v1/status'),
      await door.call('GET', '/v1/status', { secret: null }),
      await door.call('GET', '/healthz', { secret: null, headers: { origin: 'https://evil.example' } }),
      await door.call('GET', '/v1/nothing'),
    ];
    for (const { headers } of answers) {
      const policy = (headers.get('content-security-policy') ?? '').split('; ');
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ]) {
        expect(policy).toContain(rule);
      }
      expect(policy.join()).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(answers[1]?.headers.get('cache-control')).toBe('no-store');
    const leave = new AbortController();
    const stream = await fetch(`${door.url}/v1/events`, {
      signal: leave.signal,
      headers: { authorization: `Bearer ${door.operator}`, accept: 'text/event-stream' },
    });
    expect(stream.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(stream.headers.get('cache-control')).toBe('no-store');
    leave.abort();
  });

  it('does not include a preflight', async () => {
    const door = await openDoor();
    const answer = await door.call('OPTIONS', '/v1/messages', {
      secret: null,
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(answer.status).toBe(403);
    expect((await door.call('OPTIONS', '/v1/messages')).status).toBe(405);
  });
});

describe('signing in', () => {
  const own = { 'x-guildhall': '1' };

  it('gives a cookie that scripts cannot read, for a code that works once', async () => {
    const door = await openDoor();
    door.codes.add('ABCD2345');
    const first = await door.call('POST', '/v1/sign-in', { secret: null, headers: own, body: { code: 'ABCD2345' } });
    expect(first.status).toBe(200);
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^guildhall_session=[^;]+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+$/);
    expect(first.text).not.toContain(cookie.slice('guildhall_session='.length).split(';')[0]);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect((await door.call('GET', '/v1/status', { secret: null, headers })).status).toBe(200);
    expect((await door.call('POST', '/v1/sign-in', { secret: null, headers: own, body: { code: 'ABCD2345' } })).status).toBe(401);
    const out = await door.call('POST', '/v1/sign-out', { secret: null, headers: { ...headers, ...own }, body: {} });
    expect(out.headers.get('set-cookie')).toContain('guildhall_session=; HttpOnly');
    expect((await door.call('GET', '/v1/status', { secret: null, headers })).status).toBe(401);
  });

  it('cannot be done by another page, nor by guessing', async () => {
    const door = await openDoor({ failuresPerMinute: 5 });
    door.codes.add('RIGHT');
    expect((await door.call('POST', '/v1/sign-in', { secret: null, body: { code: 'RIGHT' } })).status).toBe(403);
    for (let guess = 0; guess < 5; guess += 1)
      expect((await door.call('POST', '/v1/sign-in', { secret: null, headers: own, body: { code: `wrong${guess}` } })).status).toBe(401);
    const throttled = await door.call('POST', '/v1/sign-in', { secret: null, headers: own, body: { code: 'RIGHT' } });
    expect(throttled.status).toBe(429);
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(door.codes.has('RIGHT')).toBe(true);
  });
});
