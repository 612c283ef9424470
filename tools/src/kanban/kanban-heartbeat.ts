import { done } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { KanbanPort } from './kanban-port.ts';
import { toldJson } from './told-json.ts';
import { boardName, heldTask, ownTaskId } from './which-task.ts';

const input = toolInput({
  task_id: ownTaskId,
  note: z.string().max(2000).exactOptional().describe('Where you are, in one line; shown to people'),
  progress: z.number().min(0).max(1).exactOptional(),
  board: boardName,
});

/** `kanban_heartbeat`: a word to people about work that takes long. */
export function kanbanHeartbeatTool(port: KanbanPort): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_heartbeat',
    description: 'Say how far the task is that you were started for, during work that takes many minutes. It changes nothing about the task.',
    input,
    idempotent: true,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      const own = await heldTask(port, args, context);
      return own.ok ? done({ ...args, task_id: own.value.task }) : own;
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const { note, progress } = args;
      const beat = { ...(note === undefined ? {} : { note }), ...(progress === undefined ? {} : { progress }) };
      const answer = await port.heartbeat(args.task_id ?? '', beat, context);
      return answer.ok ? toldJson({ task_id: args.task_id, expiresInMs: answer.value.expiresInMs }) : refused(answer.refusal);
    },
  };
}
