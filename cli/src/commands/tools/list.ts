import { z } from 'zod';
import { done, refuse, toolView, type ToolView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ agent: z.string().min(1).optional(), explain: z.boolean().optional() });

export const listTools: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { agent, explain = false } = options.value;
  if (agent === undefined) return refuse('invalid-input', 'Whose tools? Name the agent: guildhall tools list --agent coder');
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const all = await daemon.value.ask('get', '/v1/agents/{id}/tools', z.array(toolView), { params: { id: agent } });
  if (!all.ok) return all;
  const { screen } = call.output;
  const tools = explain ? all.value : all.value.filter((tool) => tool.offered);
  const name: Column<ToolView> = { title: 'TOOL', cell: (tool) => tool.name, paint: (tool) => (tool.offered ? 'bold' : 'dim') };
  const description: Column<ToolView> = { title: 'WHAT IT DOES', cell: (tool) => tool.description, shrinks: true };
  const offered: Column<ToolView> = {
    title: '',
    cell: (tool) => (tool.offered ? screen.marks.yes : screen.marks.no),
    paint: (tool) => (tool.offered ? 'green' : 'red'),
  };
  const reason: Column<ToolView> = { title: 'BECAUSE', cell: (tool) => tool.reason, shrinks: true };
  const empty = () => show`${agent} is offered no tools. See why: guildhall tools list --agent ${agent} --explain`;
  return done({
    json: tools,
    text: () => (tools.length === 0 ? empty() : renderTable(screen, explain ? [offered, name, reason, description] : [name, description], tools)),
  });
};
