/** Tasks and lanes to measure with, and boards of any size, filled by SQL because only their size matters. */
import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import type { NewTask } from '@guildhall/board';
import { rootProvenance } from '@guildhall/authority';
import { expectDone } from '@guildhall/protocol';
import type { Store } from '@guildhall/store';
import pg from 'pg';
import { ids, type Place } from './backends.ts';

export function newTask(number: number, assignee: string | null, parents: readonly string[] = []): NewTask {
  const id = ids.next('task');
  return {
    id,
    board: 'default',
    title: `Task ${number}`,
    body: 'Count the words.',
    assignee,
    priority: 0,
    labels: [],
    startAt: null,
    acceptance: [],
    review: 'none',
    reviewer: 'operator',
    evidenceRequired: false,
    maxAttempts: 3,
    maxRuntimeMs: null,
    metadata: {},
    workspace: { kind: 'scratch' },
    parents,
    triage: false,
    idempotencyKey: null,
    provenance: rootProvenance({ id, origin: 'operator', trust: 'operator', agent: 'bench', via: 'task', ref: id }),
    createdBy: 'operator',
  };
}

export async function benchLane(store: Store, name: string, capacity: number): Promise<void> {
  expectDone(
    await store.board.registerLane(
      { name, kind: 'persistent', claimMode: 'pull', capacity, labels: [], description: '', leaseMs: 600_000, runner: null, credential: null },
      'operator',
    ),
  );
}

const columns = `id, board, title, body, status, assignee, priority, labels, acceptance, review, reviewer, evidence_required, max_attempts, metadata, workspace, attempts, run_count,
  blocked_count, open_parents, child_count, was_done, provenance, created_by, created_at, updated_at, ready_at, ended_at`;

/** One task in ten is ready, one in ten waits, the others are done. The database must not be open elsewhere. */
export async function fillBoard(place: Place, from: number, to: number): Promise<void> {
  const numbered = (series: string, text: string) => `insert into tasks (${columns})
    select 'task_fill' || substr('000000000' || ${text}, -9), 'default', 'Filler ' || n, 'words', case n % 10 when 0 then 'ready' when 1 then 'todo' else 'done' end, 'crowd', 0, '[]', '[]', 'none', 'operator', 0,
      3, '{}', '{"kind":"scratch"}', 0, 0, 0, case n % 10 when 1 then 1 else 0 end, 0, case when n % 10 > 1 then 1 else 0 end, '{"root":"r","origin":"operator","trust":"operator","hops":[],"depth":0,"visited":[],"forbidden":[],"layers":[],"budgets":[]}',
      'operator', n, n, case n % 10 when 0 then n end, case when n % 10 > 1 then n end from ${series}`;
  if (place.databaseUrl === undefined) {
    const db = new DatabaseSync(path.join(place.home, 'guildhall.db'));
    db.exec(numbered(`(with recursive count(n) as (select ${from} union all select n + 1 from count where n + 1 < ${to}) select n from count)`, 'n'));
    db.exec('analyze');
    db.close();
    return;
  }
  const client = new pg.Client({ connectionString: place.databaseUrl });
  await client.connect();
  await client.query(numbered(`generate_series(${from}, ${to - 1}) as n`, 'n').replace("substr('000000000' || n, -9)", "lpad(n::text, 9, '0')"));
  await client.query('analyze');
  await client.end();
}
