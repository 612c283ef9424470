import { defaultBoard } from '@guildhall/board';
import { done, taskStatuses } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { refused } from '../result.ts';
import type { KanbanPort } from './kanban-port.ts';
import { tenantLabel, tenantName } from './tenant.ts';
import { taskRow } from './shorten-task.ts';
import { toldJson } from './told-json.ts';
import { boardName } from './which-task.ts';

const input = toolInput({
  assignee: z.string().trim().min(1).max(64).exactOptional(),
  status: z.enum(taskStatuses).exactOptional(),
  tenant: tenantName.exactOptional().describe('Only tasks that were created for this tenant'),
  include_archived: z.boolean().default(false),
  limit: z.int().min(1).max(200).default(50),
  after: z.string().max(400).exactOptional().describe('`next` of the page before'),
  board: boardName,
});

/** `kanban_list`: tasks in rows, filtered. */
export function kanbanListTool(port: KanbanPort): Tool<z.output<typeof input>> {
  return {
    name: 'kanban_list',
    description: 'List the tasks of a board in short rows, by assignee, status or tenant; `next` is there when more match. Read one whole with kanban_show.',
    input,
    idempotent: true,
    untrusted: true,
    private: false,
    async canonicalise(args, context) {
      const board = args.board ?? (await port.ownTask(context))?.board ?? defaultBoard;
      return done({ ...args, board });
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const { assignee, status, tenant, after, limit } = args;
      const query = {
        limit,
        ...(assignee === undefined ? {} : { assignee }),
        ...(status === undefined ? {} : { status }),
        ...(tenant === undefined ? {} : { label: tenantLabel(tenant) }),
        ...(after === undefined ? {} : { after }),
      };
      const page = await port.listTasks(args.board ?? defaultBoard, query, context);
      if (!page.ok) return refused(page.refusal);
      const shown = page.value.tasks.filter((task) => args.include_archived || status === 'archived' || task.status !== 'archived');
      return toldJson({ tasks: shown.map(taskRow), next: page.value.next });
    },
  };
}
