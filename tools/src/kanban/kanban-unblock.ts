import { done } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { KanbanPort } from './kanban-port.ts';
import { toldJson } from './told-json.ts';
import { boardName, meantTask, taskId } from './which-task.ts';

const input = toolInput({ task_id: taskId, reason: z.string().trim().max(2000).default('').describe('What changed'), board: boardName });

/** `kanban_unblock`: what was in the way is gone. */
export function kanbanUnblockTool(port: KanbanPort): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_unblock',
    description: 'Lift the block of a task. It becomes ready, or waits on for its parents.',
    input,
    idempotent: false,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      const task = await meantTask(port, args, context);
      return task.ok ? done(args) : task;
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const unblocked = await port.unblockTask(args.task_id, args.reason, context);
      return unblocked.ok ? toldJson({ task_id: unblocked.value.id, status: unblocked.value.status }) : refused(unblocked.refusal);
    },
  };
}
