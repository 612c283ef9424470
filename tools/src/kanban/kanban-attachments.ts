import { type Settled, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { decodeText } from '../files/text-file.ts';
import { toolInput } from '../input.ts';
import { refused, told } from '../result.ts';
import { printable } from '../printable.ts';
import type { KanbanPort } from './kanban-port.ts';
import { toldJson } from './told-json.ts';
import { boardName, nameTask, ownTaskId } from './which-task.ts';

const input = toolInput({
  task_id: ownTaskId,
  attachment_id: z.string().trim().min(1).max(200).exactOptional().describe('Read this one, if it is text; left out: list them'),
  board: boardName,
});

/** `kanban_attachments`: what is attached to a task, and the text of one. */
export function kanbanAttachmentsTool(port: KanbanPort): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_attachments',
    description: 'List the files attached to a task, or read one of them that is text with attachment_id.',
    input,
    idempotent: true,
    untrusted: true,
    private: false,
    canonicalise: (args, context) => nameTask(port, args, context),
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const { task_id: task = '', attachment_id: id } = args;
      if (id === undefined) {
        const found = await port.readTask(task, context);
        return found.ok ? toldJson({ task_id: task, attachments: found.value.attachments }) : refused(found.refusal);
      }
      const file = await port.readAttachment(task, id, context);
      const text = file.ok ? textOf(file.value) : file;
      return text.ok ? told(printable(text.value)) : refused(text.refusal);
    },
  };
}

function textOf(file: { readonly name: string; readonly mediaType: string; readonly content: string }): Settled<string> {
  const text = decodeText(Buffer.from(file.content, 'base64'), file.name);
  return text.ok ? text : refuse('invalid-input', `${file.name} (${file.mediaType}) is no text, so there is nothing to read here; people can download it`);
}
