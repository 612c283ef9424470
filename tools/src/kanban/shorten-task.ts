/** A task as a model reads it: the newest of what grows without end, long texts cut where it says so. */
import type { TaskDetail, TaskPage } from '@guildhall/protocol';

const mostRuns = 10;
const mostComments = 30;
const mostLinks = 100;
const bodyChars = 20_000;
const textChars = 4_000;

/** `leftOut` counts what is not shown; absent when everything is. */
export function shortenTask(detail: TaskDetail): TaskDetail & { readonly leftOut?: Readonly<Record<string, number>> } {
  const { task, runs, links, comments } = detail;
  const leftOut = Object.entries({
    runs: runs.length - mostRuns,
    comments: comments.length - mostComments,
    parents: links.parents.length - mostLinks,
    children: links.children.length - mostLinks,
  }).filter(([, count]) => count > 0);
  return {
    ...detail,
    task: { ...task, body: cut(task.body, bodyChars) },
    runs: runs.slice(-mostRuns).map((run) => ({
      ...run,
      summary: cut(run.summary, textChars),
      evidence: run.evidence.map((item) => ({ ...item, text: cut(item.text, textChars) })),
    })),
    links: { parents: links.parents.slice(0, mostLinks), children: links.children.slice(0, mostLinks) },
    comments: comments.slice(-mostComments).map((comment) => ({ ...comment, text: cut(comment.text, textChars) })),
    ...(leftOut.length === 0 ? {} : { leftOut: Object.fromEntries(leftOut) }),
  };
}

/** One row of a list. */
export function taskRow(task: TaskPage['tasks'][number]) {
  const { id, title, status, assignee, assigneeState, priority, labels, openParents, block, lane, createdBy, updatedAt } = task;
  return { id, title, status, assignee, assigneeState, priority, labels, openParents, block, lane, createdBy, updatedAt };
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()} [cut: ${text.length - most} more characters]`;
}
