import type { RunView, TaskDetail, TaskStatus, TaskView } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { byteSize, relativeTime, timeSpan } from '../../terminal/words.ts';
import { describeRun } from './describe-run.ts';
import { remedyFor, waitsFor } from './waits-for.ts';

export const statusPaint: { readonly [status in TaskStatus]: PaintName } = {
  triage: 'dim',
  todo: 'plain',
  scheduled: 'dim',
  ready: 'cyan',
  running: 'green',
  blocked: 'red',
  review: 'yellow',
  done: 'dim',
  archived: 'dim',
};

/** The commands whose name is not that of what the board calls the change. */
const commandOf: ReadonlyMap<string, string> = new Map([
  ['change', 'edit'],
  ['annotate', 'metadata'],
]);

/** One line, after something was done to it: `t_1 "Write the parser" is ready and waits for factory.` */
export function taskLine({ paint, now }: Screen, task: TaskView): Shown {
  const waits = waitsFor(task, now);
  const more = task.lane === null ? (waits === '' ? '' : ` and waits for ${waits}`) : ` in the lane ${task.lane}`;
  const status = task.status === 'review' || task.status === 'triage' ? `in ${task.status}` : task.status;
  return show`${paint('bold', task.id)} "${task.title}" is ${paint(statusPaint[task.status], status)}${more}${/[.?!…]$/.test(more) ? '' : '.'}`;
}

/** The whole page of a task: what it is, why it does not move, what was done with it. */
export function describeTask(screen: Screen, detail: TaskDetail): Shown {
  const { task } = detail;
  const sections = [
    describeHead(screen, detail),
    ...(task.body === '' ? [] : [showBlock(task.body, '  ')]),
    ...section(
      screen,
      'Accepted when',
      task.acceptance.map((criterion, at) => show`  ${at + 1}. ${criterion}`),
    ),
    ...section(
      screen,
      'Runs',
      detail.runs.map((run) => describeRun(screen, run)),
    ),
    ...section(screen, 'Links', describeLinks(screen, detail)),
    ...section(
      screen,
      'Comments',
      detail.comments.flatMap((comment) => describeComment(screen, comment)),
    ),
    ...section(
      screen,
      'Attachments',
      detail.attachments.map((file) => describeAttachment(screen, file)),
    ),
    ...section(
      screen,
      'Metadata',
      Object.entries(task.metadata).map(([name, value]) => show`  ${name}  ${screen.paint('dim', JSON.stringify(value))}`),
    ),
  ];
  const may = task.verbs.length === 0 ? [] : [screen.paint('dim', show`Next: ${task.verbs.map((verb) => commandOf.get(verb) ?? verb).join(', ')}`)];
  return joinShown([...sections, ...may], '\n\n');
}

function describeHead(screen: Screen, { task, claim, runs }: TaskDetail): Shown {
  const { paint, now } = screen;
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(10))} ${value}`;
  const waits = waitsFor(task, now);
  const remedy = remedyFor(task, now);
  const run = runs.find(({ id }) => id === claim?.runId);
  return joinShown([
    show`${paint('bold', task.title)}  ${paint(statusPaint[task.status], task.status)}`,
    row('task', show`${task.id} on the board ${task.board}, made by ${task.createdBy} ${relativeTime(task.createdAt, now)}`),
    row('assignee', describeAssignee(task)),
    ...(claim === null
      ? []
      : [row('held by', show`${claim.lane}, run ${claim.runId}, epoch ${claim.epoch}, ${timeSpan(claim.expiresInMs)} left${progressOf(run)}`)]),
    ...(waits === '' ? [] : [row('waits for', paint('yellow', waits))]),
    ...(remedy === undefined ? [] : [row('', remedy)]),
    row('priority', String(task.priority)),
    ...(task.labels.length === 0 ? [] : [row('labels', task.labels.join(', '))]),
    ...(task.review === 'none' ? [] : [row('review', `by ${task.reviewer} before it is done`)]),
    ...(task.attempts === 0 ? [] : [row('attempts', show`${task.attempts} of ${task.maxAttempts} failed`)]),
    ...(task.maxRuntimeMs === null ? [] : [row('at most', `${timeSpan(task.maxRuntimeMs)} a run`)]),
    row('workspace', describeWorkspace(task.workspace)),
  ]);
}

function describeAssignee({ assignee, assigneeState }: TaskView): string {
  if (assignee === null) return 'nobody';
  if (assigneeState === 'unknown') return `${assignee} (no lane or agent has this name)`;
  return assigneeState === 'available' || assigneeState === 'none' ? assignee : `${assignee} (${assigneeState})`;
}

function progressOf(run: RunView | undefined): Shown {
  if (run === undefined) return nothing;
  const parts = [run.progress === null ? '' : `${Math.round(run.progress * 100)} %`, run.note].filter((part) => part !== '');
  return parts.length === 0 ? nothing : show`: ${parts.join(', ')}`;
}

function describeWorkspace(workspace: TaskView['workspace']): string {
  if (workspace.kind === 'scratch') return 'a folder of its own';
  if (workspace.kind === 'directory') return workspace.path;
  return `a worktree of ${workspace.repository}${workspace.base === undefined ? '' : ` from ${workspace.base}`}${workspace.branch === undefined ? '' : ` on ${workspace.branch}`}`;
}

function section({ paint }: Screen, title: string, lines: readonly Shown[]): readonly Shown[] {
  return lines.length === 0 ? [] : [joinShown([paint('bold', title), ...lines])];
}

function describeLinks({ paint }: Screen, { links }: TaskDetail): readonly Shown[] {
  const line = (word: string, { id, title, status }: TaskDetail['links']['parents'][number]) =>
    show`  ${paint('dim', word)} ${id} "${title}" ${paint(statusPaint[status], status)}`;
  return [...links.parents.map((parent) => line('after ', parent)), ...links.children.map((child) => line('before', child))];
}

function describeComment({ paint, now }: Screen, { author, text, at }: TaskDetail['comments'][number]): readonly Shown[] {
  return [show`  ${author} ${paint('dim', relativeTime(at, now))}`, showBlock(text, '    ')];
}

function describeAttachment({ paint, now }: Screen, file: TaskDetail['attachments'][number]): Shown {
  return show`  ${file.id}  ${file.name}  ${paint('dim', `${byteSize(file.bytes)}, ${file.mediaType}, by ${file.author} ${relativeTime(file.at, now)}`)}`;
}
