/** The beginning of the work: judged once more, in a place of the target, as a turn of the target's session, behind a notice that has been seen. */
import type { Handoff, HandoffQuestion, HandoffStore } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenHandoff } from '../partial-indexes.ts';
import { fromStoredJson } from '../stored-text.ts';
import { answer, refuseStep, statusAfter, step } from './change-handoff.ts';
import { handoffEvent } from './handoff-events.ts';
import { holdToAccept } from './hold-edge.ts';
import { judgeAgain, type JudgedAgain } from './judge-again.ts';
import { askPerson, needsPerson, refuseHandoff } from './land-handoff.ts';
import { readNotice } from './handoffs-under-way.ts';
import { acceptWork } from './notices.ts';

type Work = Parameters<HandoffStore['startHandoff']>[1];

export async function startHandoff(tx: WriteTransaction, id: string, work: Work, asked: HandoffQuestion): Promise<Settled<Handoff>> {
  const held = await holdToAccept(tx, id);
  if (!held.ok) return held;
  const { row, closed } = held.value;
  if (statusAfter(row, 'start') === undefined) return refuseStep(row, 'started');
  if (isOutdated(row, asked)) return refuse('wrong-state', `the handoff ${id} was changed while it was being started; read it again`, { handoff: id });
  const free = await findPlace(tx, row, asked.rules.target.maxConcurrent);
  if (!free.ok) return free;
  const judged = await judgeAgain(tx, row, { ...asked, targetClosed: asked.targetClosed ?? closed }, { chain: work.provenance });
  const landed = await land(tx, judged, work);
  if (!landed.ok) return landed;
  await appendInTransaction(tx, landed.value);
  return answer(tx, id);
}

/** The question is about what stood there when it was read. */
function isOutdated(row: HandoffRow, { task, risk, target }: HandoffQuestion): boolean {
  return row.task !== task || row.risk !== risk || row.target !== target.name || row.target_session !== target.sessionKey;
}

async function findPlace(tx: WriteTransaction, row: HandoffRow, places: number): Promise<Settled<null>> {
  const { n } = await tx.db
    .selectFrom('handoffs')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('target', '=', row.target)
    .where(isOpenHandoff)
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow();
  if (n < places) return done(null);
  return refuse('limit-reached', `${row.target} works on ${n} handoffs, and ${places} may run at once; the handoff ${row.id} waits until one has ended`, {
    handoff: row.id,
    target: row.target,
    running: n,
  });
}

async function land(tx: WriteTransaction, { question, row, decision }: JudgedAgain, work: Work): Promise<Settled<readonly NewEvent[]>> {
  if (decision.verdict === 'deny') return done(await refuseHandoff(tx, row, 'refuse', decision.rule, { guardrail: decision.decidedBy ?? undefined }));
  if (needsPerson(row, decision)) return done(await askPerson(tx, row, { question, decision, approval: work.approval }));
  const seen = await isSeen(tx, row);
  if (!seen.ok) return seen;
  const { turnId, text, maxQueued } = work;
  const accepted = await acceptWork(tx, row, { turnId, text, maxQueued, provenance: fromStoredJson(row.provenance) });
  if (!accepted.ok) return accepted;
  await step(tx, row, 'start', { turn_id: turnId, started_at: tx.at });
  return done([...accepted.value, handoffEvent('handoff.started', row, 'daemon', { turn: turnId, digest: decision.digest })]);
}

/** Nothing is done before it was announced where people see it, whoever asks for the beginning. */
async function isSeen({ db }: WriteTransaction, { id, notice_turn: turnId, target_chat: chat }: HandoffRow): Promise<Settled<null>> {
  const { notice, detail } = await readNotice(db, turnId);
  if (notice === 'delivered') return done(null);
  const why = detail === '' ? '' : ` (${detail})`;
  return refuse('wrong-state', `the notice of the handoff ${id} is not delivered to ${chat}: ${notice}${why}; it begins when it is`, { handoff: id, notice });
}
