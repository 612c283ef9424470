import { z } from 'zod';
import { done, taskPage, type Settled, type TaskView } from '@guildhall/protocol';
import type { Daemon } from '../../http/daemon-client.ts';
import { readInput, wholeNumber } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { statusPaint } from './describe-task.ts';
import { waitsFor } from './waits-for.ts';

const input = z.object({
  board: z.string().min(1).optional(),
  status: z.string().optional(),
  assignee: z.string().optional(),
  label: z.string().optional(),
  search: z.string().optional(),
  archived: z.boolean().optional(),
  limit: wholeNumber(1, 1_000_000).default(100),
});

type Filters = Omit<z.infer<typeof input>, 'board'>;

const pageSize = 500;

export const listTasks: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const { board = call.environment.board ?? 'default', ...filters } = options.value;
  const listed = await readTasks(daemon.value, board, filters);
  if (!listed.ok) return listed;
  const { tasks, more } = listed.value;
  if (more) call.output.tell(show`The first ${tasks.length} of more; ask for them with --limit.`);
  const filtered = [filters.status, filters.assignee, filters.label, filters.search].some((filter) => filter !== undefined);
  const { screen } = call.output;
  return done({
    json: tasks,
    text: () => {
      if (tasks.length > 0) return renderTable(screen, columnsAt(screen.now), tasks);
      return filtered ? show`No such tasks.` : show`No tasks yet. Make one: guildhall kanban create "Write the parser" --assignee operator`;
    },
  });
};

function columnsAt(now: number): readonly Column<TaskView>[] {
  return [
    { title: 'TASK', cell: (task) => task.id, paint: () => 'bold' },
    { title: 'STATUS', cell: (task) => task.status, paint: (task) => statusPaint[task.status] },
    { title: 'PRIO', cell: (task) => String(task.priority), align: 'right' },
    { title: 'TITLE', cell: (task) => task.title, shrinks: true },
    { title: 'ASSIGNEE', cell: (task) => task.assignee ?? '', paint: (task) => (task.assigneeState === 'unknown' ? 'red' : 'plain') },
    { title: 'HOLDER', cell: (task) => task.lane ?? '', paint: () => 'green' },
    { title: 'MADE', cell: (task) => relativeTime(task.createdAt, now) },
    { title: 'WAITS FOR', cell: (task) => waitsFor(task, now), shrinks: true },
  ];
}

/** Up to `limit` tasks, page by page; what is archived only where it is asked for. */
async function readTasks(daemon: Daemon, board: string, filters: Filters): Promise<Settled<{ readonly tasks: readonly TaskView[]; readonly more: boolean }>> {
  const { status, assignee, label, search, limit } = filters;
  const archivedToo = filters.archived === true || status === 'archived';
  const tasks: TaskView[] = [];
  let after: string | undefined;
  for (;;) {
    const query = { status, assignee, label, q: search, after, limit: Math.min(pageSize, limit) };
    const page = await daemon.ask('get', '/v1/boards/{board}/tasks', taskPage, { params: { board }, query });
    if (!page.ok) return page;
    const wanted = page.value.tasks.filter((task) => archivedToo || task.status !== 'archived');
    tasks.push(...wanted);
    if (tasks.length > limit || (tasks.length === limit && page.value.next !== null)) return done({ tasks: tasks.slice(0, limit), more: true });
    if (page.value.next === null) return done({ tasks, more: false });
    after = page.value.next;
  }
}
