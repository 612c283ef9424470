/** Every tool name that policy may speak of, and the profiles made of them. Tools of MCP servers are `mcp:<server>/<tool>` and not listed. */

/**
 * Tools a daemon offers, by name. Some come with a part of the product that an installation may not have; a policy may name those too, so that it holds when they
 * arrive.
 */
export const toolNames = [
  'terminal',
  'process',
  'execute_code',
  'read_file',
  'write_file',
  'patch',
  'search_files',
  'web_search',
  'web_extract',
  'memory',
  'todo',
  'clarify',
  'session_search',
  'delegate_task',
  'send_message',
  'vision_analyze',
  'text_to_speech',
  'image_generate',
  'spawn_background_subagent',
  'list_background_subagents',
  'send_background_subagent',
  'poll_background_subagent',
  'get_background_subagent_status',
  'stop_background_subagent',
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
  'dispatch_handoff',
  'list_handoffs',
  'cancel_handoff',
  'report_finding',
  'dispose_finding',
  'answer_finding',
  'revalidate_finding',
  'list_findings',
  'invoke_role',
  'load_skill',
  'search_skills',
] as const;

export const toolProfileNames = ['minimal', 'coding', 'messaging', 'full'] as const;
export type ToolProfileName = (typeof toolProfileNames)[number];

/** What each profile allows; `full` is everything, also tools added later. */
export const toolProfiles = {
  minimal: ['clarify', 'memory', 'todo', 'session_search'],
  coding: [
    'terminal',
    'process',
    'read_file',
    'write_file',
    'patch',
    'search_files',
    'web_search',
    'web_extract',
    'memory',
    'todo',
    'clarify',
    'session_search',
    'delegate_task',
    'execute_code',
    'vision_analyze',
  ],
  messaging: ['web_search', 'web_extract', 'memory', 'todo', 'clarify', 'session_search', 'send_message', 'text_to_speech', 'image_generate'],
  full: '*',
} as const satisfies Record<ToolProfileName, '*' | readonly (typeof toolNames)[number][]>;

export function isToolProfile(name: string): name is ToolProfileName {
  return (toolProfileNames as readonly string[]).includes(name);
}
