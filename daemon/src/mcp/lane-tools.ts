/** What a lane may ask besides what it does with a task it holds. */
import { defaultBoard } from '@guildhall/board';
import { done, taskStatuses } from '@guildhall/protocol';
import { shortenTask, taskRow } from '@guildhall/tools';
import { z } from 'zod';
import type { BoardOperations } from '../board-operations.ts';
import { laneOfCall } from './lane-of-call.ts';
import { taskOfClaim } from './held-claims.ts';
import { type McpTool, mcpTool, type ToolCall } from './mcp-tool.ts';

const id = z.string().min(1).max(200);
const board = z.string().min(1).max(64).default(defaultBoard);

export function laneTools(operations: BoardOperations): readonly McpTool[] {
  return [showTool(operations), listTool(operations), statusTool(operations)];
}

function showTool(operations: BoardOperations) {
  return mcpTool({
    name: 'show_task',
    audience: 'claim',
    readOnly: true,
    description: 'Read a task: what is asked, how it is accepted, earlier runs, comments, attachments. Without task_id: the one you hold.',
    input: z.strictObject({ task_id: id.optional() }),
    async run(args, call) {
      const task = args.task_id ?? taskOfClaim(call.by) ?? [...(call.session?.claims.keys() ?? [])].at(-1) ?? '';
      const found = await operations.readTask(task, asked(call));
      return found.ok ? done(shortenTask(found.value)) : found;
    },
  });
}

function listTool(operations: BoardOperations) {
  return mcpTool({
    name: 'list_tasks',
    audience: 'lane',
    readOnly: true,
    description: 'List tasks in short rows; a lane sees those that are assigned to it. "next" is there when more match.',
    input: z.strictObject({
      board,
      status: z.enum(taskStatuses).optional(),
      after: z.string().max(400).optional().describe('"next" of the page before'),
      limit: z.number().int().min(1).max(200).default(50),
    }),
    async run({ board: name, status, after, limit }, call) {
      const query = { limit, ...(status === undefined ? {} : { status }), ...(after === undefined ? {} : { after }) };
      const page = await operations.listTasks(name, query, asked(call));
      return page.ok ? done({ tasks: page.value.tasks.map(taskRow), next: page.value.next }) : page;
    },
  });
}

function statusTool(operations: BoardOperations) {
  return mcpTool({
    name: 'lane_status',
    audience: 'lane',
    readOnly: true,
    description: 'How your lane stands: whether it may take tasks, what it holds and what waits for it, and which of that this session holds.',
    input: z.strictObject({}),
    async run(_args, call) {
      const lane = laneOfCall(call);
      if (!lane.ok) return lane;
      const found = await operations.readLane(lane.value, asked(call));
      return found.ok ? done({ lane: found.value, held_in_this_session: [...(call.session?.claims.keys() ?? [])] }) : found;
    },
  });
}

function asked({ by }: ToolCall) {
  return { kind: 'credential', credential: by } as const;
}
