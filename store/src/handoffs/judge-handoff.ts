/** Judging within a transaction: what is counted, under the locks of source, target and edge; the decision, kept; and what it takes. */
import { breakerState, decideHandoff, type HandoffDecision, type HandoffFacts, type HandoffQuestion } from '@guildhall/handoffs';
import { sql } from 'kysely';
import { holdBudgets, setAsideInTransaction } from '../budgets.ts';
import type { WriteTransaction } from '../database.ts';
import { isOpenHandoff } from '../partial-indexes.ts';
import { toStoredJson } from '../stored-text.ts';
import { breakerRecord, setProbe } from './breakers.ts';
import { wasLetThrough } from './find-earlier.ts';

const hourMs = 3_600_000;

/** The handoff that is judged. `reservation`: what is set aside for it already. */
export interface JudgedHandoff {
  readonly id: string;
  readonly reservation: string | null;
  readonly earlier: HandoffFacts['earlier'];
}

/** Its edge is held. */
export async function countFacts(tx: WriteTransaction, question: HandoffQuestion, judged: JudgedHandoff): Promise<HandoffFacts> {
  const { db } = tx;
  const source = question.source.name;
  const target = question.target.name;
  const atTarget = await db
    .selectFrom('handoffs')
    .select((eb) => ['status', eb.fn.countAll<number>().as('n')])
    .where('target', '=', target)
    .where(isOpenHandoff)
    .where('id', '<>', judged.id)
    .groupBy('status')
    .execute();
  const others = await db
    .selectFrom('handoffs')
    .select('target')
    .distinct()
    .where('source', '=', source)
    .where('target', '<>', target)
    .where(isOpenHandoff)
    .where('id', '<>', judged.id)
    .orderBy('target')
    .execute();
  const lastHour = await db
    .selectFrom('handoffs')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('source', '=', source)
    .where('requested_lease', '>', sql<number>`lease_now() - ${sql.lit(hourMs)}`)
    .where('id', '<>', judged.id)
    .where(wasLetThrough)
    .executeTakeFirstOrThrow();
  const { record, leaseNow } = await breakerRecord(db, { source, target }, judged.id);
  const running = atTarget.find(({ status }) => status === 'running')?.n ?? 0;
  return {
    earlier: judged.earlier,
    runningAtTarget: running,
    waitingAtTarget: atTarget.reduce((sum, { n }) => sum + n, 0) - running,
    otherOpenTargets: others.map((other) => other.target),
    requestedLastHour: lastHour.n,
    budgets: question.reservation === null || judged.reservation !== null ? [] : await holdBudgets(tx, question.reservation.limits),
    breaker: breakerState(record, leaseNow, question.rules.breaker),
  };
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

/** The edge of the handoff is held, so decisions are numbered without a gap. */
export async function keepDecision(tx: WriteTransaction, handoff: string, decision: HandoffDecision): Promise<void> {
  const newest = await tx.db
    .selectFrom('handoff_decisions')
    .select((eb) => eb.fn.max<number | null>('ordinal').as('ordinal'))
    .where('handoff', '=', handoff)
    .executeTakeFirst();
  const { moment, verdict } = decision;
  const ordinal = (newest?.ordinal ?? 0) + 1;
  await tx.db
    .insertInto('handoff_decisions')
    .values({ handoff, ordinal, moment, verdict, decision: toStoredJson(decision), at: tx.at })
    .execute();
}
