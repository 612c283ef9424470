/** Asking a piece of work: the run, and where an agent does it the accepted message with its turn, or nothing. */
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type RoleRunStatus, type Settled } from '@guildhall/protocol';
import type { NewRoleRun, RoleRun } from '@guildhall/roles';
import { RunAgain, type WriteTransaction } from '../database.ts';
import { guardChain } from '../handoffs/guard-chain.ts';
import { appendInTransaction } from '../journal-append.ts';
import { acceptInTransaction } from '../sessions/accept.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { holdPlan } from './hold-plan.ts';
import { readRun, selectRuns, toRoleRun } from './read-runs.ts';
import { roleEvent } from './role-events.ts';
import { holdOpenRole, type OpenRole } from './role-guard.ts';

type Invoked = Settled<{ readonly run: RoleRun; readonly existing: boolean }>;

export async function invokeRole(tx: WriteTransaction, run: NewRoleRun): Promise<Invoked> {
  const invoked = await invokeInTransaction(tx, run);
  if (!invoked.ok) return invoked;
  const { events, ...answer } = invoked.value;
  await appendInTransaction(tx, events);
  return done(answer);
}

/** The part of a verb that asks a piece of work of a role, with the events for the verb to append. */
export async function invokeInTransaction(
  tx: WriteTransaction,
  run: NewRoleRun,
): Promise<Settled<{ readonly run: RoleRun; readonly existing: boolean; readonly events: readonly NewEvent[] }>> {
  await holdPlan(tx, run.plan);
  const earlier = await selectRuns(tx.db)
    .where('role_runs.plan', '=', run.plan)
    .where('role_runs.role', '=', run.role)
    .where('role_runs.request_id', '=', run.requestId)
    .executeTakeFirst();
  if (earlier !== undefined) return done({ run: toRoleRun(earlier), existing: true, events: [] });
  const open = await holdOpenRole(tx, run.plan, run.role);
  if (!open.ok) return open;
  const chain = await guardChain(tx, run.provenance);
  if (!chain.ok) return chain;
  const accepted = await acceptTurn(tx, run);
  if (!accepted.ok) return accepted;
  await writeRun(tx, run, { ...open.value, handoff: chain.value });
  await tx.db.updateTable('role_sessions').set({ last_activity_at: tx.at }).where('plan', '=', run.plan).where('role', '=', run.role).execute();
  const { id, mode, phase, requestId, turn, hostTurn } = run;
  const data = {
    run: id,
    mode,
    phase,
    requestId,
    turnId: turn?.turnId,
    hostTurn: hostTurn ?? undefined,
    sessionKey: turn?.sessionKey,
    incarnation: open.value.role.incarnation,
  };
  const made = await readRun(tx.db, id);
  if (made === undefined) throw new RunAgain(`the run ${id}`);
  const events = [...accepted.value, roleEvent('role.invoked', run, run.requestedBy, data, run.provenance)];
  return done({ run: made, existing: false, events });
}

/** The events of the accepted message; none where the run has no turn of its own. */
async function acceptTurn(tx: WriteTransaction, run: NewRoleRun): Promise<Settled<readonly NewEvent[]>> {
  const { turn } = run;
  if (turn === null) return done([]);
  const { platform, chat, thread, messageId } = turn.message;
  const accepted = await acceptInTransaction(tx, {
    // The account is the thread, because only platform, account, chat and id are unique together.
    message: { platform, account: thread, chat, chatType: 'thread', thread, messageId, text: turn.text },
    from: run.requestedBy,
    sessionKey: turn.sessionKey,
    agent: turn.agent,
    turnId: turn.turnId,
    provenance: run.provenance,
    busy: 'queue',
    maxQueued: turn.maxQueued,
    route: { run: run.id, plan: run.plan, role: run.role, mode: run.mode },
  });
  if (!accepted.ok) return accepted;
  if (!accepted.value.accepted.duplicate) return done(accepted.value.events);
  const other = accepted.value.accepted.turnId;
  return refuse('already-exists', `the message "${messageId}" has a turn already (${other}) that works on something else; send another request id`, {
    messageId,
    turnId: other,
  });
}

async function writeRun(tx: WriteTransaction, run: NewRoleRun, { plan, role, handoff }: OpenRole & { readonly handoff: string | null }): Promise<void> {
  const made = await tx.db
    .insertInto('role_runs')
    .values({
      id: run.id,
      plan: run.plan,
      role: run.role,
      incarnation: role.incarnation,
      mode: run.mode,
      task: storableText(run.task),
      phase: run.phase === null ? null : storableText(run.phase),
      expects: toStoredJson(run.expects),
      labels: toStoredJson(run.labels),
      paths: toStoredJson(run.paths),
      request_id: storableText(run.requestId),
      requested_by: run.requestedBy,
      provenance: toStoredJson(run.provenance),
      handoff,
      session_key: run.turn?.sessionKey ?? role.session_key,
      turn_id: run.turn?.turnId ?? null,
      host_turn: run.hostTurn,
      status: firstStatus(run),
      outcome: null,
      reason: '',
      person_answer: null,
      person_outcome: null,
      packet_rev: plan.packet_rev,
      policy_rev: null,
      compliance: 'none',
      evidence: toStoredJson([]),
      created_at: tx.at,
      ended_at: null,
    })
    .onConflict((conflict) => conflict.columns(['plan', 'role', 'request_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made === undefined) throw new RunAgain(`the request ${run.requestId}`);
}

/** Inline work is under way already, within the turn of its host. */
function firstStatus({ turn, hostTurn }: NewRoleRun): RoleRunStatus {
  if (hostTurn !== null) return 'running';
  return turn === null ? 'waiting-for-person' : 'queued';
}
