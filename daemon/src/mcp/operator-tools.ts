/** What an operator's client may do with the board besides working as a lane. */
import { defaultBoard } from '@guildhall/board';
import { done, workspaceRequest, type Settled, type TaskView } from '@guildhall/protocol';
import { z } from 'zod';
import type { BoardOperations } from '../board-operations.ts';
import { jsonObject } from './json-object.ts';
import { type McpTool, mcpTool, type ToolCall } from './mcp-tool.ts';

const id = z.string().min(1).max(200);

export function operatorTools(operations: BoardOperations): readonly McpTool[] {
  return [createTool(operations), linkTool(operations), unblockTool(operations), reviewTool(operations)];
}

function createTool(operations: BoardOperations) {
  return mcpTool({
    name: 'create_task',
    audience: 'operator',
    description: 'Make a task. It becomes ready by itself when nothing holds it back.',
    input: z.strictObject({
      title: z.string().trim().min(1).max(500),
      body: z.string().max(100_000).default(''),
      assignee: z.string().min(1).max(64).optional().describe('A lane, an agent, or "operator"'),
      board: z.string().min(1).max(64).default(defaultBoard),
      parents: z.array(id).max(500).default([]).describe('Tasks that must be done first'),
      acceptance: z.array(z.string().min(1).max(2000)).max(50).default([]).describe('What must be shown for it to count as done'),
      priority: z.number().int().min(-1000).max(1000).default(0),
      labels: z.array(z.string().min(1).max(60)).max(30).default([]),
      review: z.enum(['none', 'required']).default('none'),
      metadata: jsonObject.default({}),
      workspace: workspaceRequest.optional(),
      idempotency_key: z.string().min(1).max(200).optional().describe('The same key makes one task'),
    }),
    async run({ board, assignee, idempotency_key: key, ...request }, call) {
      const created = await operations.createTask(
        board,
        { ...request, ...(assignee === undefined ? {} : { assignee }), ...(key === undefined ? {} : { idempotencyKey: key }) },
        asked(call),
      );
      return created.ok ? done(created.value) : created;
    },
  });
}

function linkTool(operations: BoardOperations) {
  return mcpTool({
    name: 'link',
    audience: 'operator',
    description: 'Let one task wait until another is done.',
    input: z.strictObject({ parent: id.describe('Must be done first'), child: id.describe('Waits for it') }),
    run: async ({ parent, child }, call) => brief(await operations.linkTasks(parent, child, asked(call))),
  });
}

function unblockTool(operations: BoardOperations) {
  return mcpTool({
    name: 'unblock',
    audience: 'operator',
    description: 'Lift the block of a task and forget its failed attempts.',
    input: z.strictObject({ task_id: id, reason: z.string().trim().max(2000).default('') }),
    run: async ({ task_id: task, reason }, call) => brief(await operations.unblockTask(task, reason, asked(call))),
  });
}

function reviewTool(operations: BoardOperations) {
  return mcpTool({
    name: 'review',
    audience: 'operator',
    description: 'Accept what waits for review, or return it with a reason.',
    input: z.strictObject({ task_id: id, verdict: z.enum(['accept', 'return']), reason: z.string().trim().max(10_000).default('') }),
    run: async ({ task_id: task, verdict, reason }, call) => brief(await operations.reviewTask(task, verdict, reason, asked(call))),
  });
}

function asked({ by }: ToolCall) {
  return { kind: 'credential', credential: by } as const;
}

function brief(settled: Settled<TaskView>): Settled<object> {
  if (!settled.ok) return settled;
  const { id: task, status, openParents } = settled.value;
  return done({ task_id: task, status, openParents });
}
