import { z } from 'zod';
import { agentView, done, type AgentView } from '@guildhall/protocol';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import type { RunVerb } from '../../verb.ts';

const columns: readonly Column<AgentView>[] = [
  { title: 'AGENT', cell: (agent) => (agent.default ? `${agent.id} (default)` : agent.id), paint: () => 'bold' },
  {
    title: 'MODEL',
    cell: (agent) => (agent.rehearsal ? `${agent.model} [rehearsal]` : agent.model),
    paint: (agent) => (agent.rehearsal ? 'yellow' : 'plain'),
    shrinks: true,
  },
  { title: 'TOOLS', cell: (agent) => String(agent.tools.length), align: 'right' },
  { title: 'SESSIONS', cell: (agent) => String(agent.sessions), align: 'right' },
  { title: 'BINDINGS', cell: (agent) => agent.bindings.join('; '), shrinks: true },
  { title: 'DESCRIPTION', cell: (agent) => agent.description, shrinks: true },
];

export const listAgents: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const agents = await daemon.value.ask('get', '/v1/agents', z.array(agentView));
  if (!agents.ok) return agents;
  return done({
    json: agents.value,
    text: () => (agents.value.length === 0 ? show`No agents. Add one: guildhall agents add` : renderTable(call.output.screen, columns, agents.value)),
  });
};
