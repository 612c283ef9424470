/**
 * Calling a handoff off, with everything it led to. The rows of the whole tree are held first, from the top down: who begins something below them holds one of them (`guardChain`), so it has begun and is
 * stopped here, or finds the tree called off.
 */
import type { HandoffCancelVerbs } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done } from '@guildhall/protocol';
import { blockOpenTasks } from '../board/block-open-tasks.ts';
import { runOutInTransaction } from '../approvals.ts';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOfHandoff, isOpenTurn } from '../partial-indexes.ts';
import { endWaitingRuns } from '../roles/end-waiting-runs.ts';
import { cancelTurns } from '../sessions/cancel-turns.ts';
import { storableText } from '../stored-text.ts';
import { partsOf, type TreeRow } from './cancelled-parts.ts';
import { statusAfter } from './change-handoff.ts';
import { endHandoff } from './end-handoff.ts';
import { handoffEvent } from './handoff-events.ts';
import { noHandoff, readHandoff } from './handoff-rows.ts';

interface Cancel {
  readonly by: string;
  readonly reason: string;
}

export function cancelVerbs(database: Database): HandoffCancelVerbs {
  return {
    cancelHandoff: (id, by, reason) =>
      settle(database, async (tx) => {
        const tree = await holdTree(tx, id);
        const [root] = tree;
        if (root === undefined) return noHandoff(id);
        if (root.called_off_at === null) await appendInTransaction(tx, await callOff(tx, tree, { by, reason: storableText(reason) }));
        const handoff = await readHandoff(tx.db, id);
        return handoff === undefined ? noHandoff(id) : done({ handoff, parts: await partsOf(tx.db, tree) });
      }),
  };
}

/** The handoff and those below it, level by level. A level is read when the one above is held: nothing is added to it any more. */
async function holdTree({ db, seam }: WriteTransaction, id: string): Promise<readonly TreeRow[]> {
  const tree: TreeRow[] = [];
  const rowsOf = db.selectFrom('handoffs').selectAll().orderBy('id').modifyEnd(seam.holdRows);
  let level: readonly HandoffRow[] = await rowsOf.where('id', '=', id).execute();
  for (let depth = 0; level.length > 0; depth += 1) {
    tree.push(...level.map((row) => ({ ...row, below: depth })));
    const parents = level.map((row) => row.id);
    level = await rowsOf.where('parent', 'in', parents).execute();
  }
  return tree;
}

async function callOff(tx: WriteTransaction, tree: readonly TreeRow[], cancel: Cancel): Promise<readonly NewEvent[]> {
  const ids = tree.map((row) => row.id);
  await tx.db.updateTable('handoffs').set({ called_off_at: tx.at }).where('id', 'in', ids).where('called_off_at', 'is', null).execute();
  const turns = await tx.db.selectFrom('turns').select(['id', 'session_key']).where('handoff', 'in', ids).where(isOfHandoff).where(isOpenTurn).execute();
  const handoffs = await cancelOpen(tx, tree, cancel);
  const stopped = await stopTurns(tx, turns, cancel.by);
  const why = { actor: cancel.by, reason: `its handoff was ${inWords(cancel)}` };
  const runs = await endWaitingRuns(tx, ids, why);
  const tasks = await blockOpenTasks(tx, ids, why);
  const ofTurns = turns.map((turn) => turn.id);
  return [...handoffs, ...stopped, ...runs, ...tasks, ...(await runOutInTransaction(tx, ofTurns))];
}

/** The topmost is told of in any case: it may have ended, and still be called off for what it led to. */
async function cancelOpen(tx: WriteTransaction, tree: readonly TreeRow[], { by, reason }: Cancel): Promise<readonly NewEvent[]> {
  const why = storableText(inWords({ by, reason }));
  const events: NewEvent[] = [];
  for (const { below, ...row } of tree) {
    const isOpen = statusAfter(row, 'cancel') !== undefined;
    if (isOpen) events.push(...(await endHandoff(tx, row, 'cancel', { reason: why })));
    if (isOpen || below === 0) events.push(handoffEvent('handoff.cancelled', row, by, { was: row.status, reason: why }));
  }
  return events;
}

function inWords({ by, reason }: Cancel): string {
  return reason === '' ? `called off by ${by}` : `called off by ${by}: ${reason}`;
}

async function stopTurns(
  tx: WriteTransaction,
  turns: readonly { readonly id: string; readonly session_key: string }[],
  by: string,
): Promise<readonly NewEvent[]> {
  const events: NewEvent[] = [];
  const inOrder = turns.toSorted((a, b) => (`${a.session_key} ${a.id}` < `${b.session_key} ${b.id}` ? -1 : 1));
  for (const { id: turnId, session_key: sessionKey } of inOrder) events.push(...(await cancelTurns(tx, { sessionKey, by, turnId })).events);
  return events;
}
