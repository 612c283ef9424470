/** Where people see what a session does: the chat it is bound to, or its transcript. */
import { type AgentConfig, type Config, sessionAddress } from '@guildhall/agents';
import { formatSessionKey, parseSessionKey } from '@guildhall/protocol';
import { isPulled } from '../platforms.ts';

export interface Chat {
  readonly platform: string;
  readonly account: string;
  readonly chat: string;
  readonly thread?: string;
}

/** The session of the first chat that is bound to the agent, else its main one. */
export function sessionOfAgent(config: Config, agent: AgentConfig): string {
  const bound = boundChats(config, agent.id)[0];
  return formatSessionKey(bound === undefined ? { kind: 'agent-main', agent: agent.id } : sessionAddress(agent, bound));
}

/** Undefined where the transcript itself is the chat. */
export function chatOfSession(config: Config, sessionKey: string): Chat | undefined {
  const address = parseSessionKey(sessionKey);
  if (!address.ok || address.value.kind === 'role') return undefined;
  const { value } = address;
  if (value.kind === 'agent-main') return chatOfMain(config, value.agent, sessionKey);
  const chat = value.chat ?? value.user;
  return chat === undefined ? undefined : placeOf({ ...value, chat });
}

export function chatText(chat: Chat | undefined): string {
  return chat === undefined ? 'session' : `${chat.platform}:${chat.chat}`;
}

/** Direct messages of several people meet in a main session; a chat that is bound to the agent is where it speaks first. */
function chatOfMain(config: Config, id: string, sessionKey: string): Chat | undefined {
  const agent = config.agents.get(id);
  const bound = boundChats(config, id).find((match) => agent !== undefined && formatSessionKey(sessionAddress(agent, match)) === sessionKey);
  return bound?.chat === undefined ? undefined : placeOf({ ...bound, chat: bound.chat });
}

function boundChats(config: Config, agent: string) {
  return config.bindings
    .filter((binding) => binding.agent === agent && binding.match.chat !== undefined && binding.match.platform !== '*')
    .map(({ match }) => match);
}

function placeOf({
  platform,
  account = 'default',
  chat,
  thread,
}: {
  readonly platform: string;
  readonly account?: string;
  readonly chat: string;
  readonly thread?: string;
}) {
  return isPulled(platform) ? undefined : { platform, account, chat, ...(thread === undefined ? {} : { thread }) };
}
