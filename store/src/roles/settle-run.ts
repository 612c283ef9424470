/** The outcome of a run, with its evidence and what it left behind: written once, never changed. */
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { roleRunTransitions, type NewArtifact, type RoleRun, type RunVerbs } from '@guildhall/roles';
import { RunAgain, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { RoleRunRow } from '../role-schema.ts';
import { fromStoredJson, storableText, toStoredJson } from '../stored-text.ts';
import { noRun } from './answer-run.ts';
import { holdPlan } from './hold-plan.ts';
import { readRun } from './read-runs.ts';
import { roleEvent } from './role-events.ts';

const mostArtifacts = 50;
const mostKeptBytes = 1_048_576;

type Outcome = Parameters<RunVerbs['settleRun']>[1];

export async function settleRun(tx: WriteTransaction, id: string, settled: Outcome): Promise<Settled<RoleRun>> {
  const asked = await readRun(tx.db, id);
  if (asked === undefined) return noRun(id);
  await holdPlan(tx, asked.plan);
  const run = await tx.db.selectFrom('role_runs').selectAll().where('id', '=', id).modifyEnd(tx.seam.holdRows).executeTakeFirstOrThrow();
  if (run.status === 'finished') return done(asked.status === 'finished' ? asked : await runInTransaction(tx, id));
  const open = await openTurnOf(tx, run);
  if (open !== undefined) return refuse('wrong-state', `the run ${id} is judged when its turn has ended, and ${open} has not`, { run: id, turnId: open });
  const tooMuch = refuseTooMuch(id, settled.artifacts);
  if (tooMuch !== undefined) return tooMuch;
  await tx.db
    .updateTable('role_runs')
    .set({
      status: roleRunTransitions[run.status].settle,
      outcome: settled.outcome,
      reason: storableText(settled.reason),
      compliance: settled.compliance,
      policy_rev: settled.policyRev,
      evidence: toStoredJson(settled.evidence),
      ended_at: tx.at,
    })
    .where('id', '=', id)
    .execute();
  const kept: NewEvent[] = [];
  for (const artifact of settled.artifacts) kept.push(await keepArtifact(tx, run, artifact, settled.compliance));
  const { outcome, reason, compliance, policyRev, artifacts } = settled;
  const told = { run: id, outcome, reason: storableText(reason), compliance, policyRev, artifacts: artifacts.length, costMicroUsd: asked.costMicroUsd };
  await appendInTransaction(tx, [...kept, roleEvent('role.finished', run, 'daemon', told, fromStoredJson(run.provenance))]);
  return done(await runInTransaction(tx, id));
}

async function runInTransaction(tx: WriteTransaction, id: string): Promise<RoleRun> {
  const run = await readRun(tx.db, id);
  if (run === undefined) throw new RunAgain(`the run ${id}`);
  return run;
}

/** The turn that still works on it, its own or that of its host. */
async function openTurnOf({ db }: WriteTransaction, run: RoleRunRow): Promise<string | undefined> {
  const turnId = run.turn_id ?? run.host_turn;
  if (turnId === null) return undefined;
  const turn = await db.selectFrom('turns').select('ended_at').where('id', '=', turnId).executeTakeFirst();
  return turn !== undefined && turn.ended_at === null ? turnId : undefined;
}

function refuseTooMuch(run: string, artifacts: readonly NewArtifact[]): Settled<never> | undefined {
  if (artifacts.length > mostArtifacts)
    return refuse('limit-reached', `${artifacts.length} artifacts are more than the ${mostArtifacts} a run may have`, { run, artifacts: artifacts.length });
  const tooLarge = artifacts.find(({ content, bytes }) => content !== null && bytes > mostKeptBytes);
  if (tooLarge === undefined) return undefined;
  return refuse('too-large', `${tooLarge.path} has ${tooLarge.bytes} bytes, and no more than ${mostKeptBytes} are kept; keep its hash alone`, {
    run,
    path: tooLarge.path,
    bytes: tooLarge.bytes,
  });
}

/** The same bytes are kept once, whatever they are called. */
async function keepArtifact(tx: WriteTransaction, run: RoleRunRow, artifact: NewArtifact, compliance: Outcome['compliance']): Promise<NewEvent> {
  const { id, sha256, bytes, content } = artifact;
  const path = storableText(artifact.path);
  if (content !== null) {
    await tx.db
      .insertInto('attachment_contents')
      .values({ sha256, content })
      .onConflict((conflict) => conflict.column('sha256').doNothing())
      .execute();
  }
  const kept = content === null ? 0 : 1;
  const { plan, role } = run;
  const row = { id, plan, role, run: run.id, path, sha256, bytes, media_type: storableText(artifact.mediaType), kept, compliance, at: tx.at };
  await tx.db.insertInto('artifacts').values(row).execute();
  return roleEvent(
    'artifact.kept',
    run,
    'daemon',
    { run: run.id, artifact: id, path, sha256, bytes, kept: kept === 1, compliance },
    fromStoredJson(run.provenance),
  );
}
