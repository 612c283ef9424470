/** Messages, turns and decisions with sensible values. */
import type { Decision } from '@guildhall/authority';
import type { Provenance } from '@guildhall/protocol';
import type { AcceptRequest, HeldTurn, ModelUsage, NewOutbound, SessionStore } from '@guildhall/sessions';
import { ids, value } from './databases.ts';

export const provenance: Provenance = {
  root: 'root_1',
  origin: 'operator',
  trust: 'operator',
  hops: [{ via: 'message', actor: 'operator', ref: 'm1' }],
  depth: 0,
  visited: ['coder'],
  forbidden: [],
  layers: [],
  budgets: ['agent:coder'],
};

export function newSession(agent = 'coder'): string {
  return `agent:${agent}:web:dm:chat=${ids.next('c')}`;
}

export function request(sessionKey: string, changes: Partial<AcceptRequest> & { readonly text?: string; readonly messageId?: string } = {}): AcceptRequest {
  const { text = 'hello', messageId = ids.next('m'), ...rest } = changes;
  return {
    message: { platform: 'web', account: 'default', chat: sessionKey, chatType: 'dm', messageId, text },
    from: 'operator',
    sessionKey,
    agent: sessionKey.split(':')[1] ?? 'coder',
    turnId: ids.next('turn'),
    provenance,
    busy: 'queue',
    maxQueued: 20,
    route: { tier: 7 },
    ...rest,
  };
}

/** Accepts a message and begins its turn. */
export async function beginTurn(sessions: SessionStore, sessionKey = newSession(), text = 'hello'): Promise<HeldTurn> {
  value(await sessions.acceptMessage(request(sessionKey, { text })));
  return value(await sessions.beginTurn(sessionKey, 'node:test', 60_000));
}

export const usage: ModelUsage = { model: 'x/y', rehearsal: false, inputTokens: 100, outputTokens: 20, cachedInputTokens: 40, costMicroUsd: 300 };

export const allowed: Decision = {
  verdict: 'allow',
  tool: 'read_file',
  digest: 'd1',
  rule: 'agent-policy: allow *',
  answers: [{ guard: 'agent-policy', verdict: 'allow', rule: 'allow *' }],
};
export const denied: Decision = { ...allowed, verdict: 'deny', rule: 'agent-policy: deny' };

export function call(callId: string) {
  return { callId, tool: 'read_file', args: { path: 'a' }, idempotent: true, decision: allowed };
}

export function result(callId: string, text = 'ok') {
  return { kind: 'tool-result' as const, callId, tool: 'read_file', outcome: 'done' as const, text, untrusted: false, private: false };
}

export function reply(text = 'answer'): NewOutbound {
  return { id: ids.next('out'), platform: 'telegram', account: 'default', chat: '-100', text };
}
