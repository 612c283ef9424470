/**
 * Budgets. A reservation counts against its scopes until it is settled with what the call cost. One that is never settled (its daemon died) counts as spent once its time is
 * over: what a lost call cost is not known, and an estimate is nearer to the truth than nothing.
 */
import type { Amount, BudgetLimit, BudgetState, BudgetStore } from '@guildhall/authority';
import { done, eventData, Fault, installationStream, refuse, type Settled } from '@guildhall/protocol';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database, WriteTransaction } from './database.ts';
import { appendInTransaction } from './journal-append.ts';
import { isOpenReservation, isSettledReservation } from './partial-indexes.ts';
import type { BudgetRow, Schema } from './schema.ts';
import { leaseNow } from './seam.ts';

/** Longer than any call to a model may take. */
const reservationTtlMs = 3_600_000;
/** How long a settled reservation is remembered, so that a late second settlement changes nothing. */
const settledKeptMs = 86_400_000;
/** When a reservation lapses that somebody settles for certain, because what it is for has an end that is written down. */
const neverLapses = 8_640_000_000_000_000;

export function budgetStore(database: Database): BudgetStore {
  return {
    async reserveBudget(id, limits, amount) {
      assertAmount(amount);
      if (limits.length === 0) return done(null);
      return database.transaction((tx) => reserve(tx, id, inOrder(limits), amount));
    },
    async settleBudget(id, actual) {
      assertAmount(actual);
      // Most calls are under no limit and reserved nothing: a look costs no commit.
      if (!(await database.read((db) => isReserved(db, id)))) return;
      await database.transaction((tx) => settleInTransaction(tx, id, actual));
    },
    readBudgets: (window, scopes) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('budgets')
          .selectAll()
          .$if(window !== undefined, (query) => query.where('period', '=', window ?? ''))
          .$if(scopes !== undefined, (query) => query.where('scope', 'in', scopes ?? []))
          .orderBy('scope')
          .orderBy('period')
          .execute();
        return rows.map(toState);
      }),
  };
}

/** What stands in the budgets of these limits; they are held until the transaction ends. */
export async function holdBudgets(tx: WriteTransaction, limits: readonly BudgetLimit[]): Promise<readonly BudgetState[]> {
  const sorted = inOrder(limits);
  for (const limit of sorted) await lockBudget(tx.db, limit);
  await settleLapsed(tx.db);
  const states: BudgetState[] = [];
  for (const limit of sorted) states.push(await lockBudget(tx.db, limit));
  return states;
}

/** Sets the amount aside until it is settled, however long that takes. Somebody has looked, in the same transaction, whether it fits. */
export async function setAsideInTransaction(tx: WriteTransaction, id: string, limits: readonly BudgetLimit[], amount: Amount): Promise<void> {
  assertAmount(amount);
  for (const limit of inOrder(limits)) await writeReservation(tx.db, id, limit, amount, sql<number>`${sql.lit(neverLapses)}`);
}

/** Replaces the reservation by the actual amount; nothing where there is none, or it was settled. */
export async function settleInTransaction({ db }: WriteTransaction, id: string, actual: Amount): Promise<void> {
  const open = await db
    .updateTable('reservations')
    .set({ settled: 1, lapses_at: sql<number>`case when lapses_at = ${sql.lit(neverLapses)} then lease_now() else lapses_at end` })
    .where('id', '=', id)
    .where('settled', '=', 0)
    .returningAll()
    .execute();
  for (const reservation of open.toSorted((a, b) => (`${a.scope} ${a.period}` < `${b.scope} ${b.period}` ? -1 : 1)))
    await moveToSettled(db, reservation, actual);
}

function inOrder(limits: readonly BudgetLimit[]): readonly BudgetLimit[] {
  return limits.toSorted((a, b) => (`${a.scope} ${a.window}` < `${b.scope} ${b.window}` ? -1 : 1));
}

async function isReserved(db: Kysely<Schema>, id: string): Promise<boolean> {
  const open = await db.selectFrom('reservations').select('id').where('id', '=', id).where('settled', '=', 0).limit(1).execute();
  return open.length > 0;
}

async function reserve(tx: WriteTransaction, id: string, limits: readonly BudgetLimit[], amount: Amount): Promise<Settled<null>> {
  for (const limit of limits) await lockBudget(tx.db, limit);
  const earlier = await tx.db.selectFrom('reservations').select('id').where('id', '=', id).limit(1).execute();
  if (earlier.length > 0) return done(null);
  await settleLapsed(tx.db);
  for (const limit of limits) {
    const short = shortfall(limit, await lockBudget(tx.db, limit), amount);
    if (short === undefined) continue;
    await appendInTransaction(tx, [
      {
        stream: installationStream,
        type: 'budget.exhausted',
        actor: 'daemon',
        provenance: null,
        data: eventData({ ...short, scope: limit.scope, window: limit.window, reservation: id }),
      },
    ]);
    return refuse(
      'budget-exhausted',
      `the budget of ${limit.scope} for ${limit.window} is used up: limit ${short.limit} ${short.unit}, left ${short.left}, needed ${short.needed}. Raise it in the config, or wait for the next window`,
      { scope: limit.scope, window: limit.window, ...short },
    );
  }
  for (const limit of limits) await writeReservation(tx.db, id, limit, amount, sql<number>`lease_now() + ${sql.lit(reservationTtlMs)}`);
  return done(null);
}

/** The budget is held and has room. */
async function writeReservation(db: Kysely<Schema>, id: string, { scope, window }: BudgetLimit, amount: Amount, lapses: RawBuilder<number>): Promise<void> {
  await db
    .updateTable('budgets')
    .set((eb) => ({ reserved_micro_usd: eb('reserved_micro_usd', '+', amount.microUsd), reserved_tokens: eb('reserved_tokens', '+', amount.tokens) }))
    .where('scope', '=', scope)
    .where('period', '=', window)
    .execute();
  await db
    .insertInto('reservations')
    .values({ id, scope, period: window, micro_usd: amount.microUsd, tokens: amount.tokens, settled: 0, lapses_at: lapses })
    .execute();
}

/** The row of a scope, made if need be and held until the transaction ends, so that two who reserve see each other. */
async function lockBudget(db: Kysely<Schema>, { scope, window }: BudgetLimit): Promise<BudgetState> {
  const row = await db
    .insertInto('budgets')
    .values({ scope, period: window, settled_micro_usd: 0, settled_tokens: 0, reserved_micro_usd: 0, reserved_tokens: 0 })
    .onConflict((conflict) => conflict.columns(['scope', 'period']).doUpdateSet((eb) => ({ scope: eb.ref('excluded.scope') })))
    .returningAll()
    .executeTakeFirstOrThrow();
  return toState(row);
}

interface Shortfall {
  readonly unit: 'micro-USD' | 'tokens';
  readonly limit: number;
  readonly left: number;
  readonly needed: number;
}

function shortfall(limit: BudgetLimit, { settled, reserved }: BudgetState, amount: Amount): Shortfall | undefined {
  const money = limit.microUsd === undefined ? Infinity : limit.microUsd - settled.microUsd - reserved.microUsd;
  if (amount.microUsd > money) return { unit: 'micro-USD', limit: limit.microUsd ?? 0, left: Math.max(0, money), needed: amount.microUsd };
  const tokens = limit.tokens === undefined ? Infinity : limit.tokens - settled.tokens - reserved.tokens;
  if (amount.tokens > tokens) return { unit: 'tokens', limit: limit.tokens ?? 0, left: Math.max(0, tokens), needed: amount.tokens };
  return undefined;
}

/** Reservations whose time is over count as spent; settled ones are forgotten after a day. */
async function settleLapsed(db: Kysely<Schema>): Promise<void> {
  const lapsed = await db.updateTable('reservations').set({ settled: 1 }).where(isOpenReservation).where('lapses_at', '<=', leaseNow).returningAll().execute();
  for (const reservation of lapsed) await moveToSettled(db, reservation, { microUsd: reservation.micro_usd, tokens: reservation.tokens });
  await db
    .deleteFrom('reservations')
    .where(isSettledReservation)
    .where('lapses_at', '<=', sql<number>`lease_now() - ${sql.lit(settledKeptMs)}`)
    .execute();
}

async function moveToSettled(db: Kysely<Schema>, reservation: Schema['reservations'], actual: Amount): Promise<void> {
  await db
    .updateTable('budgets')
    .set((eb) => ({
      reserved_micro_usd: eb('reserved_micro_usd', '-', reservation.micro_usd),
      reserved_tokens: eb('reserved_tokens', '-', reservation.tokens),
      settled_micro_usd: eb('settled_micro_usd', '+', actual.microUsd),
      settled_tokens: eb('settled_tokens', '+', actual.tokens),
    }))
    .where('scope', '=', reservation.scope)
    .where('period', '=', reservation.period)
    .execute();
}

function assertAmount({ microUsd, tokens }: Amount): void {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (isCount(microUsd) && isCount(tokens)) return;
  throw new Fault('bad-amount', `an amount is whole and not negative, not ${microUsd} micro-USD and ${tokens} tokens`);
}

function toState(row: BudgetRow): BudgetState {
  return {
    scope: row.scope,
    window: row.period,
    settled: { microUsd: row.settled_micro_usd, tokens: row.settled_tokens },
    reserved: { microUsd: row.reserved_micro_usd, tokens: row.reserved_tokens },
  };
}
