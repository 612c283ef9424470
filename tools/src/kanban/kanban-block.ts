import { type BlockRequest, blockKinds, done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { KanbanPort } from './kanban-port.ts';
import { toldJson } from './told-json.ts';
import { boardName, heldTask, ownTaskId, taskId } from './which-task.ts';

const input = toolInput({
  task_id: ownTaskId,
  reason: z.string().trim().min(1).max(10_000).describe('What is in the way, in one or two sentences; it is shown to people'),
  kind: z
    .enum(blockKinds)
    .default('needs_input')
    .describe(
      'dependency: another task must be done first · needs_input: a person must decide · capability: nobody here can do it · transient: it may work later',
    ),
  depends_on: z.array(taskId).max(100).default([]).describe('With dependency: the tasks it waits for'),
  retry_after_seconds: z.int().min(1).max(604_800).exactOptional().describe('With transient: when to try again; left out, after a while that grows'),
  board: boardName,
});

/** `kanban_block`: the task of this turn cannot go on. */
export function kanbanBlockTool(port: KanbanPort): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_block',
    description:
      'Say that the task you were started for cannot go on, and why. Only for what you cannot solve yourself; you hold the task no longer afterwards.',
    input,
    idempotent: false,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      if (args.kind !== 'dependency' && args.depends_on.length > 0) return refuse('invalid-input', 'depends_on belongs to kind "dependency"');
      if (args.kind !== 'transient' && args.retry_after_seconds !== undefined)
        return refuse('invalid-input', 'retry_after_seconds belongs to kind "transient"');
      const own = await heldTask(port, args, context);
      return own.ok ? done({ ...args, task_id: own.value.task }) : own;
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const { reason, kind, depends_on: dependsOn, retry_after_seconds: seconds } = args;
      const request: BlockRequest = {
        reason,
        kind,
        ...(dependsOn.length === 0 ? {} : { dependsOn }),
        ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }),
      };
      const blocked = await port.blockTask(args.task_id ?? '', request, context);
      return blocked.ok ? toldJson({ task_id: blocked.value.id, status: blocked.value.status, block: blocked.value.block }) : refused(blocked.refusal);
    },
  };
}
