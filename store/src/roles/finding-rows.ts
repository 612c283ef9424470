/** Rows of findings as the shape of `roles`, with what was said of them; and how one takes a step. */
import type { NewEvent } from '@guildhall/kernel';
import { eventData, planStream, refuse, done, type EventType, type Json, type Provenance, type Settled } from '@guildhall/protocol';
import type { Finding } from '@guildhall/roles';
import type { Kysely } from 'kysely';
import { RunAgain, type WriteTransaction } from '../database.ts';
import type { FindingRow, RoleSchema } from '../role-schema.ts';
import type { Schema } from '../schema.ts';
import { fromStoredJson, storableText, toStoredJson } from '../stored-text.ts';
import { holdOpenPlan } from './hold-plan.ts';

/** In the order of the rows. */
export async function toFindings(db: Kysely<Schema>, rows: readonly FindingRow[]): Promise<readonly Finding[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const steps = Map.groupBy(
    await db.selectFrom('finding_steps').selectAll().where('finding', 'in', ids).orderBy('finding').orderBy('ordinal').execute(),
    ({ finding }) => finding,
  );
  const revalidations = Map.groupBy(
    await db.selectFrom('finding_revalidations').selectAll().where('finding', 'in', ids).orderBy('finding').orderBy('role').execute(),
    ({ finding }) => finding,
  );
  return rows.map((row) => ({
    id: row.id,
    plan: row.plan,
    title: row.title,
    severity: row.severity,
    description: row.description,
    evidence: fromStoredJson(row.evidence),
    reportedBy: row.reported_by,
    run: row.run,
    turnId: row.turn_id,
    provenance: fromStoredJson(row.provenance),
    status: row.status,
    reportedAt: row.reported_at,
    step: row.stands_since,
    history: (steps.get(row.id) ?? []).map(({ at, actor, verb, text }) => ({ at, by: actor, verb, text })),
    accepted: acceptedBy(steps.get(row.id) ?? []),
    assignTo: row.assign_to,
    round: row.round,
    task: row.task,
    revalidation: (revalidations.get(row.id) ?? []).filter(({ round }) => round === row.round).map(({ role, verdict, at }) => ({ role, verdict, at })),
  }));
}

/** A round that failed goes on with the word of who accepted it. */
function acceptedBy(steps: readonly RoleSchema['finding_steps'][]): Finding['accepted'] {
  const step = steps.findLast(({ verb }) => verb === 'accept');
  return step === undefined || step.provenance === null ? null : { by: step.actor, provenance: fromStoredJson(step.provenance) };
}

export async function toFinding(db: Kysely<Schema>, row: FindingRow): Promise<Finding> {
  const [finding] = await toFindings(db, [row]);
  if (finding === undefined) throw new RunAgain(`the finding ${row.id}`);
  return finding;
}

/** The finding, held until the transaction ends, its plan before it. `wrong-state` once the plan is completed: then it stays as it is. */
export async function holdFinding(tx: WriteTransaction, id: string): Promise<Settled<FindingRow>> {
  const found = await tx.db.selectFrom('findings').select('plan').where('id', '=', id).executeTakeFirst();
  if (found === undefined) return refuse('not-found', `there is no finding "${id.slice(0, 80)}"; list them with: guildhall findings list`, { finding: id });
  const plan = await holdOpenPlan(tx, found.plan);
  if (!plan.ok) return plan;
  return done(await tx.db.selectFrom('findings').selectAll().where('id', '=', id).modifyEnd(tx.seam.holdRows).executeTakeFirstOrThrow());
}

interface Step {
  readonly verb: string;
  readonly actor: string;
  readonly text: string;
  /** Of who decided, where something was decided. */
  readonly provenance?: Provenance;
  readonly set?: Partial<FindingRow>;
}

/** Writes down what was done to a finding that is held, and what changes with it. */
export async function takeStep(tx: WriteTransaction, row: FindingRow, { verb, actor, text, provenance, set }: Step): Promise<FindingRow> {
  const ordinal = row.steps + 1;
  await writeStep(tx, { finding: row.id, ordinal, verb, actor, text, ...(provenance === undefined ? {} : { provenance }) });
  const stepped = await tx.db
    .updateTable('findings')
    .set({ ...set, steps: ordinal, stands_since: (set?.status ?? row.status) === row.status ? row.stands_since : ordinal })
    .where('id', '=', row.id)
    .where('steps', '=', row.steps)
    .returningAll()
    .executeTakeFirst();
  if (stepped === undefined) throw new RunAgain(`the finding ${row.id}`);
  return stepped;
}

export async function writeStep(
  tx: WriteTransaction,
  { provenance, ...step }: Omit<Step, 'set'> & { readonly finding: string; readonly ordinal: number },
): Promise<void> {
  await tx.db
    .insertInto('finding_steps')
    .values({ ...step, text: storableText(step.text), provenance: provenance === undefined ? null : toStoredJson(provenance), at: tx.at })
    .execute();
}

export function findingEvent(
  type: Extract<EventType, `finding.${string}`>,
  row: FindingRow,
  actor: string,
  more: { readonly [key: string]: Json | undefined } = {},
): NewEvent {
  const data = eventData({ plan: row.plan, finding: row.id, title: row.title, severity: row.severity, status: row.status, ...more });
  return { stream: planStream(row.plan), type, actor, provenance: fromStoredJson(row.provenance), data };
}
