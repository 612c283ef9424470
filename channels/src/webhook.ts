/**
 * The plainest channel: an answer is a POST to an address of the operator's, as JSON, signed in the manner of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature:
 * v1,<base64 HMAC-SHA256 of "id.timestamp.body">`). The id is the intent's, the same at every repetition, so that a receiver can keep one of two.
 */
import { createHmac } from 'node:crypto';
import { type Channel, NotDelivered, type Outbound } from '@guildhall/sessions';

export interface WebhookSettings {
  readonly platform: string;
  readonly url: string;
  /** Absent: the messages are not signed. */
  readonly secret: string | undefined;
  readonly now: () => number;
  readonly fetch?: typeof globalThis.fetch;
}

export function createWebhookChannel(settings: WebhookSettings): Channel {
  return { platform: settings.platform, recognisesRepeats: true, send: (message, signal) => post(settings, message, signal) };
}

async function post(settings: WebhookSettings, message: Outbound, signal: AbortSignal): Promise<{ readonly platformMessageId?: string }> {
  const { id, platform, account, chat, thread, text, replyTo, sessionKey, turnId } = message;
  const body = JSON.stringify({ id, platform, account, chat, thread, text, replyTo, sessionKey, turnId });
  const timestamp = String(Math.floor(settings.now() / 1000));
  const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': id, 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (settings.secret !== undefined)
    headers['webhook-signature'] = `v1,${createHmac('sha256', settings.secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  const response = await (settings.fetch ?? globalThis.fetch)(settings.url, { method: 'POST', headers, body, signal, redirect: 'error' });
  await response.body?.cancel();
  if (response.ok) return {};
  const retryAfter = Number(response.headers.get('retry-after'));
  const retryable = response.status === 429 || response.status >= 500;
  throw new NotDelivered(`the receiver answered ${response.status}`, retryable, Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : undefined);
}
