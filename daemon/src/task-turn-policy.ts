/**
 * What a turn that works on a task may use although its agent's `tools:` do not list it: the tools to read the card, to report, and to hand on what it finds. Without them no agent with a short
 * list could ever finish a task. What a layer denies stays denied, and looking around on the board or lifting blocks needs the agent's own policy.
 */
import type { PolicyLayer } from '@guildhall/protocol';

const taskTools = [
  'kanban_show',
  'kanban_complete',
  'kanban_block',
  'kanban_heartbeat',
  'kanban_comment',
  'kanban_create',
  'kanban_link',
  'kanban_attach',
  'kanban_attachments',
] as const;

export function withTaskTools(layers: readonly PolicyLayer[]): readonly PolicyLayer[] {
  return layers.map((layer) => (layer.allow === '*' ? layer : { ...layer, allow: [...new Set([...layer.allow, ...taskTools])] }));
}
