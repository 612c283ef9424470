/** What can be asked about handoffs without changing anything. */
import { breakerState, type HandoffStore } from '@guildhall/handoffs';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database.ts';
import { isOpenHandoff } from '../partial-indexes.ts';
import type { Schema } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';
import { breakerRecord } from './breakers.ts';
import { costOfEdges, costOfTree } from './handoff-cost.ts';
import { openInOrder, readHandoff, selectHandoffs, toHandoff } from './handoff-rows.ts';
import { endedHandoffs, queuedHandoffs } from './handoffs-under-way.ts';

type Reads = Pick<
  HandoffStore,
  'readHandoff' | 'listHandoffs' | 'decisionsOf' | 'answeredHandoffs' | 'queuedHandoffs' | 'endedHandoffs' | 'costOf' | 'listEdges'
>;

const largestPage = 1_000;

export function handoffReads(database: Database): Reads {
  return {
    readHandoff: (id) => database.read((db) => readHandoff(db, id)),
    listHandoffs: (query) => database.read((db) => list(db, query)),
    decisionsOf: (id) =>
      database.read(async (db) => {
        const rows = await db.selectFrom('handoff_decisions').select(['decision', 'at']).where('handoff', '=', id).orderBy('ordinal').execute();
        return rows.map(({ decision, at }) => ({ ...fromStoredJson(decision), at }));
      }),
    answeredHandoffs: (limit) =>
      database.read(async (db) => {
        const rows = await selectHandoffs(db)
          .innerJoin('approvals', 'approvals.id', 'handoffs.approval_id')
          .where(isOpenHandoff)
          .where('handoffs.status', '=', 'awaiting-approval')
          .where(sql<boolean>`(approvals.status <> 'pending' or approvals.lapses_at <= lease_now())`)
          .orderBy(openInOrder)
          .limit(page(limit))
          .execute();
        return rows.map(toHandoff);
      }),
    queuedHandoffs: (limit) => database.read((db) => queuedHandoffs(db, page(limit))),
    endedHandoffs: (limit) => database.read((db) => endedHandoffs(db, page(limit))),
    costOf: (id) =>
      database.read(async (db) => {
        const { microUsd, tokens } = await costOfTree(db, id);
        return { costMicroUsd: microUsd, tokens };
      }),
    listEdges: (rules) => database.read((db) => listEdges(db, rules)),
  };
}

/** Newest first. */
async function list(db: Kysely<Schema>, query: Parameters<Reads['listHandoffs']>[0]): ReturnType<Reads['listHandoffs']> {
  const { status, source, target, sourceTurn, open = false, after, limit } = query;
  const rows = await selectHandoffs(db)
    .$if(status !== undefined, (rest) => rest.where('handoffs.status', '=', status ?? 'queued'))
    .$if(source !== undefined, (rest) => rest.where('handoffs.source', '=', source ?? ''))
    .$if(target !== undefined, (rest) => rest.where('handoffs.target', '=', target ?? ''))
    .$if(sourceTurn !== undefined, (rest) => rest.where('handoffs.source_turn', '=', sourceTurn ?? ''))
    .$if(open, (rest) => rest.where(isOpenHandoff))
    .$if(after !== undefined, (rest) => rest.where('handoffs.id', '<', after ?? ''))
    .orderBy(open ? openInOrder : 'handoffs.id', 'desc')
    .limit(page(limit))
    .execute();
  return rows.map(toHandoff);
}

async function listEdges(db: Kysely<Schema>, rules: Parameters<Reads['listEdges']>[0]): ReturnType<Reads['listEdges']> {
  const edges = await db
    .selectFrom('handoffs')
    .select(['source', 'target', (eb) => eb.fn.countAll<number>().as('handoffs')])
    .groupBy(['source', 'target'])
    .orderBy('source')
    .orderBy('target')
    .execute();
  const costs = new Map((await costOfEdges(db)).map((cost) => [`${cost.source} ${cost.target}`, cost]));
  const listed = [];
  for (const { source, target, handoffs } of edges) {
    const { record, leaseNow } = await breakerRecord(db, { source, target });
    const cost = costs.get(`${source} ${target}`);
    const breaker = breakerState(record, leaseNow, rules).state;
    listed.push({ source, target, handoffs, failures: record.failures, breaker, costMicroUsd: cost?.cost ?? 0, tokens: cost?.tokens ?? 0 });
  }
  return listed;
}

function page(limit: number): number {
  return Math.max(1, Math.min(limit, largestPage));
}
