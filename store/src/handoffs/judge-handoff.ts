/** Judging within a transaction: what is counted, under the locks of source, target and edge; the decision, kept; and what it takes. */
import { breakerState, decideHandoff, type HandoffDecision, type HandoffFacts, type HandoffQuestion } from '@guildhall/handoffs';
import { sql } from 'kysely';
import { holdBudgets, setAsideInTransaction } from '../budgets.ts';
import type { WriteTransaction } from '../database.ts';
import { isOpenHandoff } from '../partial-indexes.ts';
import { toStoredJson } from '../stored-text.ts';
import { breakerRecord, setProbe } from './breakers.ts';
import { wasLetThrough } from './find-earlier.ts';
import type { EdgeEnds } from './hold-edge.ts';

export const hourMs = 3_600_000;

/** The handoff that is judged. `reservation`: what is set aside for it already. */
export interface JudgedHandoff {
  readonly id: string;
  readonly reservation: string | null;
  readonly earlier: HandoffFacts['earlier'];
}

/** Its edge is held. */
export async function countFacts(tx: WriteTransaction, question: HandoffQuestion, judged: JudgedHandoff): Promise<HandoffFacts> {
  const edge = { source: question.source.name, target: question.target.name };
  const { record, leaseNow } = await breakerRecord(tx.db, edge, judged.id);
  return {
    earlier: judged.earlier,
    ...(await countAtTarget(tx, edge, judged.id)),
    otherOpenTargets: await otherOpenTargets(tx, edge, judged.id),
    requestedLastHour: await countLastHour(tx, edge, judged.id),
    budgets: question.reservation === null || judged.reservation !== null ? [] : await holdBudgets(tx, question.reservation.limits),
    breaker: breakerState(record, leaseNow, question.rules.breaker),
  };
}

async function countAtTarget(
  { db }: WriteTransaction,
  { target }: EdgeEnds,
  judged: string,
): Promise<Pick<HandoffFacts, 'runningAtTarget' | 'waitingAtTarget'>> {
  const open = await db
    .selectFrom('handoffs')
    .select((eb) => ['status', eb.fn.countAll<number>().as('n')])
    .where('target', '=', target)
    .where(isOpenHandoff)
    .where('id', '<>', judged)
    .groupBy('status')
    .execute();
  const running = open.find(({ status }) => status === 'running')?.n ?? 0;
  return { runningAtTarget: running, waitingAtTarget: open.reduce((sum, { n }) => sum + n, 0) - running };
}

async function otherOpenTargets({ db }: WriteTransaction, { source, target }: EdgeEnds, judged: string): Promise<readonly string[]> {
  const others = await db
    .selectFrom('handoffs')
    .select('target')
    .distinct()
    .where('source', '=', source)
    .where('target', '<>', target)
    .where(isOpenHandoff)
    .where('id', '<>', judged)
    .orderBy('target')
    .execute();
  return others.map((other) => other.target);
}

async function countLastHour({ db }: WriteTransaction, { source }: EdgeEnds, judged: string): Promise<number> {
  const { n } = await db
    .selectFrom('handoffs')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('source', '=', source)
    .where('requested_lease', '>', sql<number>`lease_now() - ${sql.lit(hourMs)}`)
    .where('id', '<>', judged)
    .where(wasLetThrough)
    .executeTakeFirstOrThrow();
  return n;
}

export interface Judgement {
  readonly decision: HandoffDecision;
  /** The id of what is set aside; null where nothing is. */
  readonly reservation: string | null;
}

/** Decides, and takes what the decision gives: the probe of a breaker that tries again, and the budget. */
export async function judge(tx: WriteTransaction, question: HandoffQuestion, judged: JudgedHandoff, facts: HandoffFacts): Promise<Judgement> {
  const decision = decideHandoff(question, facts);
  if (decision.verdict === 'deny') return { decision, reservation: judged.reservation };
  if (facts.breaker.state === 'half-open') await setProbe(tx, { source: question.source.name, target: question.target.name }, judged.id);
  return { decision, reservation: judged.reservation ?? (await setAside(tx, question, judged.id)) };
}

async function setAside(tx: WriteTransaction, { reservation }: HandoffQuestion, id: string): Promise<string | null> {
  if (reservation === null || reservation.limits.length === 0) return null;
  const name = `handoff:${id}`;
  await setAsideInTransaction(tx, name, reservation.limits, reservation.amount);
  return name;
}

/** The edge of the handoff is held, so decisions are numbered without a gap. False where there are `most` already. */
export async function keepDecision(tx: WriteTransaction, handoff: string, decision: HandoffDecision, most = Infinity): Promise<boolean> {
  const newest = await tx.db
    .selectFrom('handoff_decisions')
    .select((eb) => eb.fn.max<number | null>('ordinal').as('ordinal'))
    .where('handoff', '=', handoff)
    .executeTakeFirst();
  const { moment, verdict } = decision;
  const ordinal = (newest?.ordinal ?? 0) + 1;
  if (ordinal > most) return false;
  await tx.db
    .insertInto('handoff_decisions')
    .values({ handoff, ordinal, moment, verdict, decision: toStoredJson(decision), at: tx.at })
    .execute();
  return true;
}
