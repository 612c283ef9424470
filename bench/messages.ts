/** Messages as a store is given them. */
import { rootProvenance } from '@guildhall/authority';
import type { AcceptRequest, ModelUsage } from '@guildhall/sessions';
import { ids } from './backends.ts';

export function sessionKeyOf(chat: string): string {
  return `agent:main:terminal:group:chat=${chat}`;
}

export function newMessage(chat: string): AcceptRequest {
  const messageId = ids.next('msg');
  return {
    message: { platform: 'terminal', account: 'default', chat, chatType: 'group', messageId, text: 'How far is the release, and what is still open?' },
    from: 'operator',
    sessionKey: sessionKeyOf(chat),
    agent: 'main',
    turnId: ids.next('turn'),
    provenance: rootProvenance({ id: ids.next('root'), origin: 'operator', trust: 'operator', agent: 'main', via: 'message', ref: messageId }),
    busy: 'queue',
    maxQueued: 1000,
    route: { rule: 'measured' },
  };
}

export const usage: ModelUsage = { model: 'rehearsal/default', rehearsal: true, inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, costMicroUsd: 0 };
