/** What handoffs cost: the turns that worked within them, at any depth, whether or not those have ended. */
import type { Amount } from '@guildhall/authority';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** The handoff with everything it led to. */
export async function costOfTree(db: Kysely<Schema>, id: string): Promise<Amount> {
  const { rows } = await sql<{ cost: number; tokens: number }>`
    with recursive tree (id) as (select id from handoffs where id = ${id} union all select below.id from handoffs as below join tree on below.parent = tree.id)
    select cast(coalesce(sum(cost_micro_usd), 0) as bigint) as cost, cast(coalesce(sum(input_tokens + output_tokens), 0) as bigint) as tokens from turns
    where turns.handoff is not null and turns.handoff in (select id from tree)`.execute(db);
  const sums = rows[0];
  return { microUsd: sums?.cost ?? 0, tokens: sums?.tokens ?? 0 };
}

export interface EdgeCost {
  readonly source: string;
  readonly target: string;
  readonly cost: number;
  readonly tokens: number;
}

/** Each turn counts for the innermost handoff it works within, so that the edges add up to the whole. */
export async function costOfEdges(db: Kysely<Schema>): Promise<readonly EdgeCost[]> {
  const { rows } = await sql<EdgeCost>`
    select source, target, cast(sum(cost_micro_usd) as bigint) as cost, cast(sum(input_tokens + output_tokens) as bigint) as tokens from handoffs join turns on turns.handoff = handoffs.id
    where turns.handoff is not null group by source, target`.execute(db);
  return rows;
}
