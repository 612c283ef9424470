/**
 * Session keys: the durable name of a conversation. They carry the agent, so two agents never share one.
 *
 *     agent:<id>:<platform>[~<account>]:<chat_type>[:chat=…][:thread=…][:user=…]
 *     agent:<id>:main                        dm_scope: main — all direct messages of the agent in one session
 *     role:<plan>:<role>                     a role session
 *
 * Every value is percent-encoded, also `:`, `~` and `=`, so that no id can imitate another key. Parsing is the exact inverse.
 */

import { refuse, done, type Settled } from './refusal.ts';

export type ChatType = 'dm' | 'group' | 'channel' | 'thread';

export const chatTypes = ['dm', 'group', 'channel', 'thread'] as const satisfies readonly ChatType[];

export type SessionAddress =
  | { readonly kind: 'agent-main'; readonly agent: string }
  | {
      readonly kind: 'agent-chat';
      readonly agent: string;
      readonly platform: string;
      /** Absent means the platform's `default` account. */
      readonly account?: string;
      readonly chatType: ChatType;
      readonly chat?: string;
      readonly thread?: string;
      readonly user?: string;
    }
  | { readonly kind: 'role'; readonly plan: string; readonly role: string };

export function formatSessionKey(address: SessionAddress): string {
  if (address.kind === 'agent-main') return `agent:${encode(address.agent)}:main`;
  if (address.kind === 'role') return `role:${encode(address.plan)}:${encode(address.role)}`;
  const account = address.account === undefined || address.account === 'default' ? '' : `~${encode(address.account)}`;
  const parts = [`agent:${encode(address.agent)}:${encode(address.platform)}${account}:${address.chatType}`];
  if (address.chat !== undefined) parts.push(`chat=${encode(address.chat)}`);
  if (address.thread !== undefined) parts.push(`thread=${encode(address.thread)}`);
  if (address.user !== undefined) parts.push(`user=${encode(address.user)}`);
  return parts.join(':');
}

/** The address behind a key; `invalid-input` when the text is not a key this grammar can have produced. */
export function parseSessionKey(key: string): Settled<SessionAddress> {
  const no = () =>
    refuse('invalid-input', `"${key.slice(0, 120)}" is not a session key. Keys look like agent:coder:main; list them with: guildhall sessions list`);
  const address = readAddress(key);
  if (address === undefined || formatSessionKey(address) !== key) return no();
  return done(address);
}

function readAddress(key: string): SessionAddress | undefined {
  const [kind, first, second, ...rest] = key.split(':');
  const name = decode(first);
  if (name === undefined || second === undefined) return undefined;
  if (kind === 'role') {
    const role = decode(second);
    return role === undefined || rest.length > 0 ? undefined : { kind: 'role', plan: name, role };
  }
  if (kind !== 'agent') return undefined;
  if (second === 'main' && rest.length === 0) return { kind: 'agent-main', agent: name };
  const [platformText, accountText, extra] = second.split('~');
  const platform = decode(platformText);
  const account = accountText === undefined ? undefined : decode(accountText);
  const [chatType, ...pairs] = rest;
  if (platform === undefined || extra !== undefined || !isChatType(chatType)) return undefined;
  if (accountText !== undefined && account === undefined) return undefined;
  const values: { chat?: string; thread?: string; user?: string } = {};
  for (const pair of pairs) {
    const [label, text, more] = pair.split('=');
    const value = decode(text);
    if (value === undefined || more !== undefined) return undefined;
    if (label !== 'chat' && label !== 'thread' && label !== 'user') return undefined;
    if (values[label] !== undefined) return undefined;
    values[label] = value;
  }
  return { kind: 'agent-chat', agent: name, platform, ...(account === undefined ? {} : { account }), chatType, ...values };
}

export function isChatType(text: string | undefined): text is ChatType {
  return text !== undefined && (chatTypes as readonly string[]).includes(text);
}

/** The agent a session belongs to, where its key says so. */
export function agentOfSessionKey(key: string): string | undefined {
  const address = parseSessionKey(key);
  return address.ok && address.value.kind !== 'role' ? address.value.agent : undefined;
}

function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll(/[~!'()*]/g, (mark) => `%${mark.codePointAt(0)?.toString(16).toUpperCase()}`);
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
