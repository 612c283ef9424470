/** The tools of the board, in the order they are explained. */
import type { Tool } from '@guildhall/sessions';
import type { Workspaces } from '../workspace/workspace.ts';
import { kanbanAttachTool } from './kanban-attach.ts';
import { kanbanAttachmentsTool } from './kanban-attachments.ts';
import { kanbanBlockTool } from './kanban-block.ts';
import { kanbanCommentTool } from './kanban-comment.ts';
import { kanbanCompleteTool } from './kanban-complete.ts';
import { kanbanCreateTool } from './kanban-create.ts';
import { kanbanHeartbeatTool } from './kanban-heartbeat.ts';
import { kanbanLinkTool } from './kanban-link.ts';
import { kanbanListTool } from './kanban-list.ts';
import type { KanbanPort } from './kanban-port.ts';
import { kanbanShowTool } from './kanban-show.ts';
import { kanbanUnblockTool } from './kanban-unblock.ts';

export function kanbanTools(port: KanbanPort, workspaces: Workspaces): readonly Tool[] {
  return [
    kanbanShowTool(port),
    kanbanListTool(port),
    kanbanCreateTool(port),
    kanbanCompleteTool(port, workspaces),
    kanbanBlockTool(port),
    kanbanUnblockTool(port),
    kanbanHeartbeatTool(port),
    kanbanCommentTool(port),
    kanbanLinkTool(port),
    kanbanAttachTool(port, workspaces),
    kanbanAttachmentsTool(port),
  ];
}
