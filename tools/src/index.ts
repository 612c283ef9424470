export { createToolCatalogue } from './catalogue.ts';
export type { AgentTools, CatalogueOptions, GuildTools, ToolPorts } from './catalogue.ts';
export type {
  ChildRunner,
  ChildTask,
  McpReviews,
  McpToolSet,
  MemoryChange,
  MemoryWatcher,
  MessageSender,
  SessionHit,
  SessionSearch,
  TodoItem,
  TodoStore,
} from './ports.ts';
export type { KanbanPort } from './kanban/kanban-port.ts';
export type { HandoffPort, HandoffToolRequest } from './handoffs/handoff-port.ts';
export type { RolePort } from './roles/role-port.ts';
export type { SkillPort } from './skills/skill-tools.ts';
export { shortenTask, taskRow } from './kanban/shorten-task.ts';
export { createWorkspaces } from './workspace/admission.ts';
export type { WorkspacesOptions } from './workspace/admission.ts';
export { usualQuota } from './workspace/workspace.ts';
export type { Quota, Workspace, Workspaces } from './workspace/workspace.ts';
export { listWorkspaceFiles, readWorkspaceBytes } from './workspace/list-files.ts';
export { placeWorkspaceFile } from './workspace/place-file.ts';
export { readWorkspaceText } from './workspace/read-text.ts';
export { printable, printableLine } from './printable.ts';
export { readMemory } from './memory/memory-files.ts';
export type { AllowedCommands } from './commands/danger.ts';
export type { McpServer } from './mcp/server-config.ts';
export type { MediaBackend } from './media/media-backend.ts';
export type { AllowedHosts } from './web/outgoing.ts';
export type { SearchBackend } from './web/search-backends.ts';
export { fetchWeb, usualWebRules } from './web/web-fetch.ts';
export type { WebAnswer, WebRequest, WebRules } from './web/web-fetch.ts';
