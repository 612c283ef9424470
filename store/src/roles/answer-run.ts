/** A person has done the work: from here on the run is as an agent's, with a turn that answers in the person's words. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { roleRunTransitions, type RoleRun, type RunVerbs } from '@guildhall/roles';
import { RunAgain, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { acceptInTransaction } from '../sessions/accept.ts';
import { storableText } from '../stored-text.ts';
import { readRun } from './read-runs.ts';
import { roleEvent } from './role-events.ts';
import { holdOpenRole } from './role-guard.ts';

/** Stands where the name of an agent does. */
const person = 'operator';
/** Whoever answers has waited for the run, so the turn is not turned away for others that wait. */
const mostQueued = 1_000_000;

export async function answerRun(tx: WriteTransaction, id: string, answer: Parameters<RunVerbs['answerRun']>[1]): Promise<Settled<RoleRun>> {
  const asked = await readRun(tx.db, id);
  if (asked === undefined) return noRun(id);
  const open = await holdOpenRole(tx, asked.plan, asked.role);
  if (!open.ok) return open;
  const answered = await tx.db
    .updateTable('role_runs')
    .set({
      status: roleRunTransitions['waiting-for-person'].answer,
      turn_id: answer.turnId,
      person_answer: storableText(answer.text),
      person_outcome: answer.outcome,
    })
    .where('id', '=', id)
    .where('status', '=', 'waiting-for-person')
    .returning('id')
    .executeTakeFirst();
  if (answered === undefined) return refuse('wrong-state', `the run ${id} is ${asked.status} and waits for nobody's answer`, { run: id, status: asked.status });
  const { plan, role, requestId, requestedBy, provenance, sessionKey } = asked;
  const accepted = await acceptInTransaction(tx, {
    message: { platform: 'role', account: role, chat: plan, chatType: 'thread', thread: role, messageId: requestId, text: asked.task },
    from: requestedBy,
    sessionKey,
    agent: person,
    turnId: answer.turnId,
    provenance,
    busy: 'queue',
    maxQueued: mostQueued,
    route: { run: id, plan, role, mode: asked.mode },
  });
  if (!accepted.ok) return accepted;
  if (accepted.value.accepted.duplicate) return refuse('already-exists', `the run ${id} was answered before`, { run: id });
  const told = { run: id, turnId: answer.turnId, outcome: answer.outcome };
  await appendInTransaction(tx, [...accepted.value.events, roleEvent('role.answered', asked, answer.actor, told, provenance)]);
  const run = await readRun(tx.db, id);
  if (run === undefined) throw new RunAgain(`the run ${id}`);
  return done(run);
}

export function noRun(id: string): Settled<never> {
  return refuse('not-found', `there is no run "${id.slice(0, 80)}"; list them with: guildhall plans show`, { run: id });
}
