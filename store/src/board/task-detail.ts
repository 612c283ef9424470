/** Everything about one task, each list bounded. */
import type { LinkedTask, TaskFacts } from '@guildhall/board';
import { claimLease } from '@guildhall/board';
import { sql, type Kysely } from 'kysely';
import type { AttachmentRow, Schema, TaskRow } from '../schema.ts';
import { leaseNow } from '../seam.ts';
import { toRun, toTask } from './rows.ts';

const mostRuns = 200;
const mostComments = 500;
const mostLinks = 1_000;

export async function readTaskDetail(db: Kysely<Schema>, id: string): Promise<TaskFacts | undefined> {
  const task = await db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();
  if (task === undefined) return undefined;
  const runs = await db.selectFrom('runs').selectAll().where('task', '=', id).orderBy('attempt', 'desc').limit(mostRuns).execute();
  const comments = await db
    .selectFrom('task_comments')
    .select(['id', 'author', 'text', 'at'])
    .where('task', '=', id)
    .orderBy('id', 'desc')
    .limit(mostComments)
    .execute();
  const attachments = await db.selectFrom('attachments').selectAll().where('task', '=', id).orderBy('id').execute();
  return {
    task: toTask(task),
    runs: runs.toReversed().map(toRun),
    parents: await readLinked(db, 'child', 'parent', id),
    children: await readLinked(db, 'parent', 'child', id),
    comments: comments.toReversed(),
    attachments: attachments.map(toAttachment),
    claim: await readClaim(db, task),
  };
}

function readLinked(db: Kysely<Schema>, from: 'parent' | 'child', to: 'parent' | 'child', id: string): Promise<readonly LinkedTask[]> {
  return db
    .selectFrom('task_links')
    .innerJoin('tasks', 'tasks.id', `task_links.${to}`)
    .select(['tasks.id', 'tasks.title', 'tasks.status'])
    .where(`task_links.${from}`, '=', id)
    .orderBy(`task_links.${to}`)
    .limit(mostLinks)
    .execute();
}

function toAttachment(row: AttachmentRow): TaskFacts['attachments'][number] {
  return { id: row.id, name: row.name, mediaType: row.media_type, bytes: row.bytes, sha256: row.sha256, author: row.author, at: row.at };
}

/** Null once the lease has lapsed, though nobody has taken the task back yet. */
async function readClaim(db: Kysely<Schema>, { id, run_id: runId, lane }: TaskRow): Promise<TaskFacts['claim']> {
  if (runId === null || lane === null) return null;
  const lease = await db
    .selectFrom('leases')
    .select(['epoch', sql<number>`expires_at - ${leaseNow}`.as('expires_in_ms')])
    .where('name', '=', claimLease(id))
    .where('holder', 'is not', null)
    .where('expires_at', '>', leaseNow)
    .executeTakeFirst();
  return lease === undefined ? null : { lane, epoch: lease.epoch, expiresInMs: lease.expires_in_ms, runId };
}
