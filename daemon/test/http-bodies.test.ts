/** Bodies: strict, bounded in bytes, depth and time, and read only from somebody who may send them. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { problemView } from '@guildhall/protocol';
import { eventually, openDoor, type TestDoor } from './http-open-door.ts';
import { request, sendRaw } from './http-raw-socket.ts';

function post(door: TestDoor, body: string | Buffer, headers: readonly string[] = [], path = '/v1/messages') {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const head = request([
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${door.port}`,
    `Authorization: Bearer ${door.operator}`,
    'Connection: close',
    ...(headers.some((line) => line.toLowerCase().startsWith('content-type')) ? [] : ['Content-Type: application/json']),
    ...(headers.some((line) => /^(content-length|transfer-encoding)/i.test(line)) ? [] : [`Content-Length: ${bytes.byteLength}`]),
    ...headers,
  ]);
  return sendRaw(door.port, Buffer.concat([Buffer.from(head), bytes]));
}

const message = { platform: 'api', chat: 'c', messageId: 'm', text: 'hello' };

describe('a body', () => {
  it('that is not what the route takes is refused with the place and the reason', async () => {
    const door = await openDoor();
    const cases: readonly (readonly [unknown, string, RegExp])[] = [
      [{ ...message, text: 5 }, 'invalid-input', /body\.text/],
      [{ ...message, platform: 'Telegram!' }, 'invalid-input', /body\.platform/],
      [{ platform: 'api' }, 'invalid-input', /body\.chat.*body\.messageId/],
      [{ ...message, attachments: [{ name: 'a', url: 'https://x.example/', mime: 'x' }] }, 'unknown-field', /body\.attachments\.0 has no field "mime"/],
      [[], 'invalid-input', /body/],
      ['text', 'invalid-input', /body/],
      [null, 'invalid-input', /body/],
    ];
    for (const [body, code, words] of cases) {
      const answer = await door.call('POST', '/v1/messages', { body });
      expect(answer.json, JSON.stringify(body)).toMatchObject({ status: 400, code });
      expect(answer.as(problemView).detail).toMatch(words);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    expect((await door.call('POST', '/v1/messages')).status).toBe(400);
    expect(door.sessions.size).toBe(0);
  });

  it('that is no JSON, no UTF-8, no plain encoding or no JSON type is refused', async () => {
    const door = await openDoor();
    expect((await post(door, '{"platform":')).status).toBe(400);
    expect((await post(door, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))).text).toContain('UTF-8');
    expect((await post(door, JSON.stringify(message), ['Content-Encoding: gzip'])).text).toContain('encoded as');
    expect((await post(door, JSON.stringify(message), ['Content-Type: text/plain'])).text).toContain('must be JSON');
    expect((await post(door, JSON.stringify(message), ['Content-Type: application/json; charset=latin1'])).status).toBe(400);
    expect((await post(door, JSON.stringify(message), ['Content-Type: application/json; charset=utf-8'])).status).toBe(202);
  });

  it('cannot reach prototypes', async () => {
    const door = await openDoor();
    for (const body of [
      '{"__proto__":{"polluted":1}}',
      '{"platform":"api","chat":"c","messageId":"m","text":"x","__proto__":{"session":"s"}}',
      '[{"a":{"__proto__":1}}]',
    ]) {
      expect((await post(door, body)).status).toBe(400);
    }
    const hidden = '{"model":"coder","messages":[{"role":"user","content":"x"}],"metadata":[{"__proto__":{"polluted":1}}]}';
    expect((await post(door, hidden, [], '/v1/chat/completions')).text).toContain('__proto__');
    expect((await post(door, JSON.stringify({ ...message, constructor: { prototype: { polluted: 1 } } }))).text).toContain('unknown-field');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('that nests deeply is refused in no time', async () => {
    const door = await openDoor();
    const deep = '['.repeat(400_000) + ']'.repeat(400_000);
    const began = performance.now();
    expect((await post(door, deep)).text).toContain('nests too deeply');
    expect(performance.now() - began).toBeLessThan(2_000);
    const within = `{"model":"coder","messages":[{"role":"user","content":"x"}],"metadata":${'['.repeat(60)}${']'.repeat(60)}}`;
    expect((await post(door, within, [], '/v1/chat/completions')).status).toBe(200);
  });

  it('on a GET is refused', async () => {
    const door = await openDoor();
    const answer = await sendRaw(
      door.port,
      request(['GET /v1/status HTTP/1.1', `Host: 127.0.0.1:${door.port}`, `Authorization: Bearer ${door.operator}`, 'Content-Length: 2'], '{}'),
    );
    expect(answer).toMatchObject({ status: 400, closed: true });
    expect(door.calls).toEqual([]);
  });
});

describe('a body that is too large', () => {
  it('is refused by its announced length, by its real length, and never read from a stranger', async () => {
    const door = await openDoor({ bodyBytes: 10_000 });
    const big = JSON.stringify({ ...message, text: 'x'.repeat(20_000) });
    expect((await post(door, big)).status).toBe(413);
    const chunked = `${Buffer.byteLength(big).toString(16)}\r\n${big}\r\n0\r\n\r\n`;
    expect((await post(door, chunked, ['Transfer-Encoding: chunked'])).status).toBe(413);
    const lines = ['POST /v1/messages HTTP/1.1', `Host: 127.0.0.1:${door.port}`, 'Content-Type: application/json', 'Content-Length: 100000000'];
    const stranger = await sendRaw(door.port, request(lines, '{'), { quietMs: 3_000 });
    expect(stranger).toMatchObject({ status: 401, closed: true });
    expect(door.sessions.size).toBe(0);
  });

  it('of 100 MB leaves the heap as it was', async () => {
    const door = await openDoor();
    const before = process.memoryUsage().rss;
    const socket = connect({ port: door.port, host: '127.0.0.1' });
    let answer = '';
    let ended = false;
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.on('close', () => (ended = true)).on('error', () => undefined);
    socket.write(
      request([
        'POST /v1/messages HTTP/1.1',
        `Host: 127.0.0.1:${door.port}`,
        `Authorization: Bearer ${door.operator}`,
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
      ]),
    );
    const piece = Buffer.alloc(65_536, 0x61);
    for (let sent = 0; sent < 100 * 1024 * 1024 && !ended; sent += piece.byteLength) {
      socket.write(Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]));
      if (socket.writableLength > 1_000_000) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => ended);
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });

  it('is not even asked for with Expect: 100-continue', async () => {
    const door = await openDoor({ bodyBytes: 1_000 });
    const lines = ['POST /v1/messages HTTP/1.1', `Host: 127.0.0.1:${door.port}`, 'Content-Type: application/json', 'Expect: 100-continue'];
    const refused = await sendRaw(door.port, request([...lines, 'Content-Length: 500']));
    expect(refused.text).toMatch(/^HTTP\/1\.1 401/);
    const known = [...lines, `Authorization: Bearer ${door.operator}`];
    expect((await sendRaw(door.port, request([...known, 'Content-Length: 5000']))).text).toMatch(/^HTTP\/1\.1 413/);
    const body = JSON.stringify(message);
    expect((await sendRaw(door.port, request([...known, `Content-Length: ${body.length}`], body))).text).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202/,
    );
  });
});

describe('a slow client', () => {
  it('that sends its headers byte by byte is cut off', async () => {
    const door = await openDoor({ headersMs: 400, requestMs: 800 });
    const { closedAfterMs, text } = await drip(door, `GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nX: ${'y'.repeat(10_000)}`);
    expect(closedAfterMs).toBeLessThan(3_000);
    expect(text).toMatch(/^(HTTP\/1\.1 408|$)/);
  });

  it('that sends its body byte by byte is cut off, and nothing was done', async () => {
    const door = await openDoor({ headersMs: 400, requestMs: 800 });
    const head = request([
      'POST /v1/messages HTTP/1.1',
      `Host: 127.0.0.1:${door.port}`,
      `Authorization: Bearer ${door.operator}`,
      'Content-Type: application/json',
      'Content-Length: 5000',
    ]);
    const { closedAfterMs } = await drip(door, 'x'.repeat(5000), head);
    expect(closedAfterMs).toBeLessThan(4_000);
    expect(door.sessions.size).toBe(0);
    expect((await door.call('GET', '/healthz')).status).toBe(200);
  });

  it('that opens a connection and says nothing is cut off', async () => {
    const door = await openDoor({ headersMs: 400, requestMs: 800 });
    expect((await drip(door, '')).closedAfterMs).toBeLessThan(3_000);
  });
});

describe('ambiguous framing', () => {
  it.each([
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['a strange coding', ['Transfer-Encoding: xchunked']],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['a negative length', ['Content-Length: -1']],
    ['a length with a sign', ['Content-Length: +5']],
    ['a space before the colon', ['Content-Length : 5']],
    ['a folded header', ['X-A: b', ' Content-Length: 5']],
    ['a bare line feed', ['X-A: b\nContent-Length: 5']],
  ])('is refused: %s', async (_name, headers) => {
    const door = await openDoor();
    const smuggled = request(['GET /v1/tokens HTTP/1.1', `Host: 127.0.0.1:${door.port}`, `Authorization: Bearer ${door.operator}`]);
    const answer = await post(door, `0\r\n\r\n${smuggled}`, headers);
    expect(answer.status).toBe(400);
    expect(answer.closed).toBe(true);
    expect(answer.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(door.sessions.size).toBe(0);
  });

  it('of headers that are too long is refused', async () => {
    const door = await openDoor();
    expect((await sendRaw(door.port, request(['GET /healthz HTTP/1.1', `Host: 127.0.0.1:${door.port}`, `X-Long: ${'x'.repeat(40_000)}`]))).status).toBe(431);
  });
});

/** Sends one byte every few milliseconds until the server ends the connection. */
function drip(door: TestDoor, text: string, head = ''): Promise<{ readonly closedAfterMs: number; readonly text: string }> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect({ port: door.port, host: '127.0.0.1' });
    let got = '';
    let at = 0;
    socket.setEncoding('latin1').on('data', (chunk: string) => (got += chunk));
    const timer = setInterval(() => {
      if (at < text.length && socket.writable) socket.write(text.charAt(at++));
    }, 5);
    if (head !== '') socket.write(head);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        clearInterval(timer);
        resolve({ closedAfterMs: performance.now() - began, text: got });
      });
  });
}
