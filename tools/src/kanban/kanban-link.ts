import { done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import type { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { KanbanPort } from './kanban-port.ts';
import { toldJson } from './told-json.ts';
import { boardName, meantTask, taskId } from './which-task.ts';

const input = toolInput({ parent_id: taskId.describe('Must be done first'), child_id: taskId.describe('Waits for it'), board: boardName });

/** `kanban_link`: one task waits for another. */
export function kanbanLinkTool(port: KanbanPort): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_link',
    description: 'Let one task wait until another is done. Neither a task for itself nor a circle is possible.',
    input,
    idempotent: true,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      if (args.parent_id === args.child_id) return refuse('invalid-input', `the task ${args.child_id} cannot wait for itself`);
      const child = await meantTask(port, { ...args, task_id: args.child_id }, context);
      return child.ok ? done(args) : child;
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const linked = await port.linkTasks(args.parent_id, args.child_id, context);
      return linked.ok
        ? toldJson({ parent_id: args.parent_id, child_id: args.child_id, status: linked.value.status, openParents: linked.value.openParents })
        : refused(linked.refusal);
    },
  };
}
