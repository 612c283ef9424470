/** Which session of an agent a message belongs to. */
import type { SessionAddress } from '@guildhall/protocol';
import type { AgentConfig } from './config.ts';
import { completeFacts, type MessageFacts } from './route.ts';

/**
 * Direct messages go to the agent's main session (`dm_scope: main`) or to one for each person (`per_peer`). Everything else has a session for each chat and thread,
 * whoever writes in it. The agent is part of the address, so two agents never share one.
 */
export function sessionAddress(agent: AgentConfig, message: MessageFacts): SessionAddress {
  const facts = completeFacts(message);
  const where = {
    kind: 'agent-chat' as const,
    agent: agent.id,
    platform: facts.platform,
    ...(facts.account === 'default' ? {} : { account: facts.account }),
    chatType: facts.chatType,
  };
  const thread = facts.thread === undefined ? {} : { thread: facts.thread };
  const chat = facts.chat === undefined ? {} : { chat: facts.chat };
  if (facts.chatType !== 'dm') return { ...where, ...chat, ...thread };
  if (agent.dmScope === 'main') return { kind: 'agent-main', agent: agent.id };
  const person = facts.peer ?? facts.chat;
  return { ...where, ...thread, ...(person === undefined ? {} : { user: person }) };
}
