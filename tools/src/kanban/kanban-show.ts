import type { Tool } from '@guildhall/sessions';
import type { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { KanbanPort } from './kanban-port.ts';
import { shortenTask } from './shorten-task.ts';
import { toldJson } from './told-json.ts';
import { boardName, nameTask, ownTaskId } from './which-task.ts';

const input = toolInput({ task_id: ownTaskId, board: boardName }, { task_id: ['id', 'task'] });

/** `kanban_show`: everything about one task. */
export function kanbanShowTool(port: KanbanPort): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_show',
    description:
      'Read a task: what is asked and how it is accepted, who waits for whom, earlier runs with their summaries, comments, attachments. Do this before you begin, and when you come back to a task.',
    input,
    idempotent: true,
    untrusted: true,
    private: false,
    canonicalise: (args, context) => nameTask(port, args, context),
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const found = await port.readTask(args.task_id ?? '', context);
      return found.ok ? toldJson(shortenTask(found.value)) : refused(found.refusal);
    },
  };
}
