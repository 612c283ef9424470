/** Commands that people type in any chat. Plain text, answered by the daemon itself; no model is asked. */
import type { ApprovalStore } from '@guildhall/authority';
import type { Config } from '@guildhall/agents';
import { describeMatch } from '@guildhall/agents';
import type { Handoff, HandoffStore } from '@guildhall/handoffs';
import type { Turn } from '@guildhall/sessions';
import { printableLine } from '@guildhall/tools';
import { answerApprovalInChat } from './chat-approvals.ts';
import { innerPlatforms } from './platforms.ts';

export interface ChatCommandDeps {
  readonly config: () => Config;
  readonly modelOf: (agent: string) => string;
  readonly approvals: Pick<ApprovalStore, 'readApproval' | 'answerApproval' | 'expireApprovals'>;
  readonly handoffs: Pick<HandoffStore, 'listHandoffs'>;
}

/** The newest looked at, and the most of them that are told. */
const looked = 200;
const mostTold = 20;

/** The answer to a message of a person that is exactly a command; undefined for every other. */
export async function answerCommand(deps: ChatCommandDeps, turn: Turn): Promise<string | undefined> {
  if (innerPlatforms.has(turn.message.platform)) return undefined;
  const text = turn.message.text.trim().toLowerCase();
  if (text === '/agents') return listAgents(turn.agent, deps.config(), deps.modelOf);
  if (text === '/handoffs') return listHandoffs(turn.sessionKey, await deps.handoffs.listHandoffs({ limit: looked }));
  return answerApprovalInChat(deps, turn);
}

/** Those that this conversation asked for or does, newest first. */
function listHandoffs(here: string, handoffs: readonly Handoff[]): string {
  const own = handoffs.filter(({ source, target }) => source.sessionKey === here || target.sessionKey === here).slice(0, mostTold);
  if (own.length === 0) return 'No work was handed over from or to this chat.';
  return own.map(describeHandoff).join('\n');
}

function describeHandoff({ id, source, target, status, outcome, approvalId, task }: Handoff): string {
  const waits = status === 'awaiting-approval' && approvalId !== null ? ` (/approve ${approvalId} or /deny ${approvalId})` : '';
  return `${id}: ${source.name} to ${target.name}, ${outcome ?? status}${waits}\n> ${printableLine(task, 200)}`;
}

function listAgents(here: string, config: Config, modelOf: (agent: string) => string): string {
  const lines = [...config.agents.values()].map(({ id, description }) => {
    const marks = [id === here ? 'answers here' : '', id === config.defaultAgent ? 'default' : ''].filter((mark) => mark !== '');
    const places = config.bindings.filter((binding) => binding.agent === id).map((binding) => describeMatch(binding.match));
    const about = [description ?? '', `Model: ${modelOf(id)}.`, places.length === 0 ? '' : `Chats: ${places.join('; ')}.`].filter((part) => part !== '');
    return `${id}${marks.length === 0 ? '' : ` (${marks.join(', ')})`} - ${about.join(' ')}`;
  });
  return `${lines.length === 1 ? 'One agent' : `${lines.length} agents`}:\n${lines.join('\n')}`;
}
