/**
 * The algebra of tool policy. A **layer** allows some tools and denies some; a **stack** of layers allows a tool when every layer does. Deny wins, unknown is no,
 * and adding a layer never enlarges what is allowed: a child is its parent's stack and more.
 */
import type { PolicyLayer } from '@guildhall/protocol';

/** Named sets of tools that a pattern `group:<name>` stands for. */
export const toolGroups = {
  fs: ['read_file', 'write_file', 'patch', 'search_files'],
  runtime: ['terminal', 'process', 'execute_code'],
  web: ['web_search', 'web_extract'],
  memory: ['memory', 'session_search'],
  messaging: ['send_message', 'text_to_speech', 'image_generate'],
  kanban: [
    'kanban_show',
    'kanban_list',
    'kanban_create',
    'kanban_complete',
    'kanban_block',
    'kanban_unblock',
    'kanban_heartbeat',
    'kanban_comment',
    'kanban_link',
    'kanban_attach',
    'kanban_attachments',
  ],
} as const satisfies Record<string, readonly string[]>;

/** What a layer or a whole stack says of one tool. `rule` names the layer and pattern that decided. */
export interface PolicyAnswer {
  readonly allowed: boolean;
  readonly rule: string;
}

/**
 * The one spelling of a tool name: Unicode compatibility form, lower case, trimmed; look-alike letters do not fold to Latin ones, so they stay unknown.
 * MCP tools are `mcp:<server>/<tool>`.
 */
export function canonicalToolName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

export function matchesPattern(pattern: string, tool: string): boolean {
  const wanted = canonicalToolName(pattern);
  if (wanted === '*') return true;
  if (wanted.startsWith('group:')) {
    const group = wanted.slice('group:'.length);
    return Object.hasOwn(toolGroups, group) && (toolGroups as Record<string, readonly string[]>)[group]?.includes(tool) === true;
  }
  if (wanted.endsWith('*')) return tool.startsWith(wanted.slice(0, -1));
  return wanted === tool;
}

export function askLayer(layer: PolicyLayer, tool: string): PolicyAnswer {
  const denied = layer.deny.find((pattern) => matchesPattern(pattern, tool));
  if (denied !== undefined) return { allowed: false, rule: `${layer.source}: deny ${denied}` };
  if (layer.allow === '*') return { allowed: true, rule: `${layer.source}: allow *` };
  const allowed = layer.allow.find((pattern) => matchesPattern(pattern, tool));
  if (allowed === undefined) return { allowed: false, rule: `${layer.source}: not in its list of allowed tools` };
  return { allowed: true, rule: `${layer.source}: allow ${allowed}` };
}

/** Whether every layer allows `tool`. An empty stack allows nothing. */
export function askStack(layers: readonly PolicyLayer[], tool: string): PolicyAnswer {
  const canonical = canonicalToolName(tool);
  if (layers.length === 0) return { allowed: false, rule: 'no policy applies, so nothing is allowed' };
  let last: PolicyAnswer = { allowed: false, rule: '' };
  for (const layer of layers) {
    last = askLayer(layer, canonical);
    if (!last.allowed) return last;
  }
  return last;
}
