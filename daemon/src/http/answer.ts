/** The one place that writes answers: security headers, JSON, problems. */
import type { ServerResponse } from 'node:http';
import type { Refusal } from '@guildhall/protocol';
import { contentSecurityPolicy } from '@guildhall/web';
import { openAiErrorOf, openAiHeaders, problemOf, refusalHeaders } from './problems.ts';

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

export function setSecurityHeaders(outgoing: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) outgoing.setHeader(name, value);
}

/** How a refusal is dressed: as an RFC 9457 problem, or as OpenAI's clients expect it. */
export type RefusalDress = 'problem' | 'openai';

export function sendRefusal(outgoing: ServerResponse, refusal: Refusal, dress: RefusalDress = 'problem'): void {
  const problem = problemOf(refusal);
  if (dress === 'openai') send(outgoing, problem.status, 'application/json', JSON.stringify(openAiErrorOf(refusal)), openAiHeaders(refusal));
  else send(outgoing, problem.status, 'application/problem+json', JSON.stringify(problem), refusalHeaders(refusal));
}

/** A refusal that also ends the connection, because what follows on it cannot be trusted or is not worth reading. */
export function sendRefusalAndClose(outgoing: ServerResponse, refusal: Refusal, dress: RefusalDress = 'problem'): void {
  if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
  sendRefusal(outgoing, refusal, dress);
}

/** Writes a whole answer; nothing when the client is gone or something was written already. */
export function send(outgoing: ServerResponse, status: number, type: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  outgoing.writeHead(status, { ...headers, 'content-type': type, 'content-length': bytes.byteLength });
  outgoing.end(bytes);
}

/** Only a status, unless the client is gone or something was written already. */
export function sendNothing(outgoing: ServerResponse, status: 202 | 204): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(status);
  outgoing.end();
}
