import { defaultBoard } from '@guildhall/board';
import { type JsonObject, type TaskRequest, done, refuse } from '@guildhall/protocol';
import type { Tool, ToolContext } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { KanbanPort } from './kanban-port.ts';
import { tenantLabel, tenantName } from './tenant.ts';
import { toldJson } from './told-json.ts';
import { boardName, taskId } from './which-task.ts';

const input = toolInput(
  {
    title: z.string().trim().min(1).max(500),
    assignee: z.string().trim().min(1).max(64).describe('Who shall do it: a lane, an agent, or "operator"'),
    body: z.string().max(100_000).default('').describe('Everything whoever does it must know; they see nothing of this conversation'),
    parents: z.array(taskId).max(500).default([]).describe('Tasks that must be done first; name your own to make it a child of it'),
    acceptance: z.array(z.string().trim().min(1).max(2000)).max(50).default([]).describe('What must be shown for it to count as done, one criterion each'),
    tenant: tenantName.exactOptional().describe('Keeps the tasks of several projects on one board apart'),
    priority: z.int().min(-1000).max(1000).default(0).describe('Higher goes first'),
    workspace_kind: z
      .enum(['scratch', 'dir', 'worktree'])
      .default('scratch')
      .describe('A folder of its own, an existing folder, or a git worktree of a repository'),
    workspace_path: z.string().min(1).max(4000).exactOptional().describe('With dir and worktree: the absolute path'),
    triage: z.boolean().default(false).describe('Let it wait until somebody has specified it'),
    idempotency_key: z.string().min(1).max(200).exactOptional().describe('The same key again gives the same task'),
    max_runtime_seconds: z.int().min(1).max(2_592_000).exactOptional(),
    initial_status: z.enum(['running', 'blocked']).default('running').describe('blocked: a person must release it first; it waits in triage'),
    skills: z.array(z.string().min(1).max(100)).max(30).exactOptional().describe('Kept with the task, for whoever works on it'),
    goal_mode: z.boolean().exactOptional().describe('Kept with the task, for whoever works on it'),
    goal_max_turns: z.int().min(1).max(1000).exactOptional().describe('Kept with the task, for whoever works on it'),
    board: boardName,
  },
  { body: ['description'] },
);

type CreateInput = z.output<typeof input>;

/** `kanban_create`: a task for somebody. It carries the provenance of this turn, narrowed. */
export function kanbanCreateTool(port: KanbanPort): Tool<CreateInput> {
  return {
    name: 'kanban_create',
    description: 'Make a task on the board for a lane or an agent, after other tasks if it must wait for them. It starts by itself when nothing holds it back.',
    input,
    // A task is known by its call, so the same call finds the task it made.
    idempotent: true,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      const needsPath = args.workspace_kind !== 'scratch';
      if (needsPath !== (args.workspace_path !== undefined))
        return refuse(
          'invalid-input',
          needsPath ? `workspace_kind "${args.workspace_kind}" needs workspace_path` : 'workspace_kind "scratch" takes no workspace_path',
        );
      if (args.workspace_path?.startsWith('/') === false)
        return refuse('invalid-input', `workspace_path must be absolute: "${args.workspace_path.slice(0, 200)}" is not`);
      const board = args.board ?? (await port.ownTask(context))?.board ?? defaultBoard;
      return done({ ...args, board });
    },
    danger: (args) => (args.workspace_path === undefined ? null : `whoever takes the task would work in ${args.workspace_path}, which is no folder of its own`),
    effects: noEffects,
    async run(args, context) {
      const created = await port.createTask(args.board ?? defaultBoard, requestOf(args, context), context);
      if (!created.ok) return refused(created.refusal);
      const { id, status, assignee, assigneeState, openParents, existing } = created.value;
      return toldJson({ task_id: id, status, assignee, assigneeState, openParents, existing });
    },
  };
}

function requestOf(args: CreateInput, context: ToolContext): TaskRequest {
  const { title, assignee, body, parents, acceptance, priority, tenant, max_runtime_seconds: seconds } = args;
  return {
    title,
    assignee,
    body,
    parents,
    acceptance,
    priority,
    labels: tenant === undefined ? [] : [tenantLabel(tenant)],
    triage: args.triage || args.initial_status === 'blocked',
    metadata: metadataOf(args),
    workspace: workspaceOf(args),
    idempotencyKey: args.idempotency_key ?? `${context.turnId}.${context.callId}`,
    ...(seconds === undefined ? {} : { maxRuntimeMs: seconds * 1000 }),
  };
}

function metadataOf({ skills, goal_mode: goalMode, goal_max_turns: goalMaxTurns }: CreateInput): Record<string, JsonObject[string]> {
  return {
    ...(skills === undefined ? {} : { skills }),
    ...(goalMode === undefined ? {} : { goal_mode: goalMode }),
    ...(goalMaxTurns === undefined ? {} : { goal_max_turns: goalMaxTurns }),
  };
}

function workspaceOf({ workspace_kind: kind, workspace_path: path = '' }: CreateInput): NonNullable<TaskRequest['workspace']> {
  switch (kind) {
    case 'scratch':
      return { kind: 'scratch' };
    case 'dir':
      return { kind: 'directory', path };
    case 'worktree':
      return { kind: 'worktree', repository: path };
    default:
      return kind satisfies never;
  }
}
