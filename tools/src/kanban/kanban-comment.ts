import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { KanbanPort } from './kanban-port.ts';
import { toldJson } from './told-json.ts';
import { boardName, nameTask, ownTaskId } from './which-task.ts';

const input = toolInput(
  { task_id: ownTaskId, body: z.string().trim().min(1).max(100_000).describe('What should outlive this conversation'), board: boardName },
  { body: ['text', 'comment'] },
);

/** `kanban_comment`: words that stay with a task. */
export function kanbanCommentTool(port: KanbanPort): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_comment',
    description:
      'Write a comment on a task, your own or another: findings, questions, reasons for whoever works on it next. It changes nothing about the task.',
    input,
    idempotent: false,
    untrusted: false,
    private: false,
    canonicalise: (args, context) => nameTask(port, args, context),
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const said = await port.comment(args.task_id ?? '', args.body, context);
      return said.ok ? toldJson({ task_id: args.task_id, comment_id: said.value.id }) : refused(said.refusal);
    },
  };
}
