/**
 * The conditions of the partial indexes, as the migrations have them. SQLite uses such an index only for a query that contains its very condition, literals and all, so a
 * query about a few open rows among very many closed ones says it with these.
 */
import { sql } from 'kysely';

export const isOpenTurn = sql<boolean>`turns.status in ('queued', 'running')`;
/** Of turns, of tasks and of runs of roles. */
export const isOfHandoff = sql<boolean>`handoff is not null`;
export const isUnsent = sql<boolean>`outbound.status in ('pending', 'sending')`;
export const isOpenApproval = sql<boolean>`approvals.status in ('pending', 'approved')`;
export const isOpenReservation = sql<boolean>`reservations.settled = 0`;
export const isSettledReservation = sql<boolean>`reservations.settled = 1`;
export const isReadyTask = sql<boolean>`tasks.status = 'ready'`;
export const isDoneTask = sql<boolean>`tasks.status = 'done'`;
export const isOpenTask = sql<boolean>`tasks.status in ('triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review')`;
export const isOpenRun = sql<boolean>`runs.ended_at is null`;
export const isOpenFinding = sql<boolean>`findings.status in ('reported', 'accepted', 'remediated')`;
export const isOpenRoleRun = sql<boolean>`role_runs.status <> 'finished'`;
export const isFiredOccurrence = sql<boolean>`schedule_occurrences.status = 'fired'`;
export const hasDueTime = sql<boolean>`schedules.status = 'active' and schedules.next_at is not null`;
export const isOpenHandoff = sql<boolean>`handoffs.status in ('awaiting-approval', 'queued', 'paused', 'running')`;
