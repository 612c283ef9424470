/** Commands that people type in any chat. Plain text, answered by the daemon itself; no model is asked. */
import type { Config } from '@guildhall/agents';
import { describeMatch } from '@guildhall/agents';
import type { Turn } from '@guildhall/sessions';

/** The answer to a message that is exactly a command; undefined for every other. */
export function answerCommand(turn: Turn, config: Config, modelOf: (agent: string) => string): string | undefined {
  if (turn.message.text.trim().toLowerCase() === '/agents') return listAgents(turn.agent, config, modelOf);
  return undefined;
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
