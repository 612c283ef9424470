import { z } from 'zod';
import { agentView, done, type AgentView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ id: z.string().min(1) });

export const showAgent: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const agent = await daemon.value.ask('get', '/v1/agents/{id}', agentView, { params: options.value });
  if (!agent.ok) return agent;
  return done({ json: agent.value, text: () => describe(call.output.screen, agent.value) });
};

function describe({ paint }: Screen, agent: AgentView): Shown {
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(12))} ${value}`;
  return joinShown([
    show`${paint('bold', agent.id)}${agent.default ? ' (default)' : ''}${agent.rehearsal ? paint('yellow', ' [rehearsal]') : ''}`,
    row('description', agent.description === '' ? 'none' : agent.description),
    row('model', show`${agent.model} ${paint('dim', agent.modelFrom)}`),
    row('workspace', agent.workspace),
    row('memory of', agent.dmScope === 'main' ? 'one session for all direct messages' : 'one session for each person'),
    row('tools', agent.tools.length === 0 ? 'none' : agent.tools.join(', ')),
    row('bindings', agent.bindings.length === 0 ? 'none' : agent.bindings.join('; ')),
    row('sessions', String(agent.sessions)),
  ]);
}
