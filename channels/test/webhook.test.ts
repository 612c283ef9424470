import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import { rootProvenance } from '@guildhall/authority';
import { NotDelivered, type Outbound } from '@guildhall/sessions';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createWebhookChannel } from '../src/index.ts';

const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
let answer: { readonly status: number; readonly headers?: Record<string, string> } = { status: 204 };
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    received.push({ headers: request.headers, body });
    response.writeHead(answer.status, answer.headers).end();
  });
}).listen(0, '127.0.0.1');
await once(receiver, 'listening');
const address = receiver.address();
const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/in`;
afterAll(() => receiver.close());
beforeEach(() => {
  received.length = 0;
  answer = { status: 204 };
});

const message: Outbound = {
  id: 'out_turn_1',
  platform: 'telegram',
  account: 'default',
  chat: '-100',
  text: 'Größe: ✓',
  replyTo: 'm1',
  sessionKey: 'agent:main:telegram:group:chat=-100',
  turnId: 'turn_1',
  status: 'sending',
  attempts: 1,
  provenance: rootProvenance({ id: 'root_1', origin: 'telegram:7', trust: 'person', agent: 'main', via: 'message', ref: 'm1' }),
};
const channel = (secret?: string) => createWebhookChannel({ platform: 'telegram', url, secret, now: () => 1_700_000_000_999 });
const send = (secret?: string) => channel(secret).send(message, AbortSignal.timeout(5000));

describe('an answer that leaves by a webhook', () => {
  test('carries what the receiver needs and nothing of the chain behind it', async () => {
    await send();
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      id: 'out_turn_1',
      platform: 'telegram',
      account: 'default',
      chat: '-100',
      text: 'Größe: ✓',
      replyTo: 'm1',
      sessionKey: message.sessionKey,
      turnId: 'turn_1',
    });
  });

  test('has the same id at every repetition, so that a receiver can keep one', async () => {
    await send();
    await send();
    expect(received.map(({ headers }) => [headers['webhook-id'], headers['idempotency-key']])).toEqual([
      ['out_turn_1', 'out_turn_1'],
      ['out_turn_1', 'out_turn_1'],
    ]);
    expect(channel().recognisesRepeats).toBe(true);
  });

  test('is signed over exactly the bytes that arrive', async () => {
    await send('s3cret');
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    const expected = createHmac('sha256', 's3cret').update(`out_turn_1.1700000000.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(headers['webhook-timestamp']).toBe('1700000000');
    await send();
    expect(received[1]?.headers['webhook-signature']).toBeUndefined();
  });

  test.each([
    [429, { 'retry-after': '7' }, true, 7000],
    [503, {}, true, undefined],
    [404, {}, false, undefined],
  ] as const)('%i is known not to have arrived', async (status, headers, retryable, retryAfterMs) => {
    answer = { status, headers };
    const failure = await send().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotDelivered);
    expect(failure).toMatchObject({ retryable, retryAfterMs });
  });

  test('a redirect is not followed, and whether it arrived is not claimed to be known', async () => {
    answer = { status: 302, headers: { location: url } };
    const failure = await send().catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(NotDelivered);
    expect(failure).toBeInstanceOf(Error);
    expect(received.length).toBe(1);
  });
});
