/**
 * The journal as others see it. A **stream** is one ordered history (a session, a board, the installation); an **event** is one recorded fact in it.
 *
 * `seq` is gapless and in commit order within its stream. `cursor` is opaque, orders everything and never skips.
 */

import type { Json, JsonObject } from './json.ts';
import type { Provenance } from './provenance.ts';

/** The types recorded today. `noun.past-participle`; a new one is added here, once. */
export const eventTypes = [
  'message.accepted',
  'message.rejected',
  'message.superseded',
  'message.delivered',
  'message.delivery-unknown',
  'message.delivery-failed',
  'turn.started',
  'turn.resumed',
  'turn.step-begun',
  'turn.step-recorded',
  'turn.completed',
  'turn.failed',
  'turn.cancelled',
  'tool.called',
  'tool.finished',
  'tool.refused',
  'tool.unknown',
  'approval.asked',
  'approval.given',
  'approval.denied',
  'approval.expired',
  'session.opened',
  'session.compacted',
  'memory.changed',
  'credential.created',
  'credential.revoked',
  'credential.refused',
  'board.created',
  'task.created',
  'task.changed',
  'task.specified',
  'task.scheduled',
  'task.promoted',
  'task.demoted',
  'task.claimed',
  'task.heartbeat',
  'task.completed',
  'task.blocked',
  'task.unblocked',
  'task.released',
  'task.reclaimed',
  'task.timed-out',
  'task.crashed',
  'task.reviewed',
  'task.archived',
  'task.linked',
  'task.unlinked',
  'task.commented',
  'task.attached',
  'task.annotated',
  'task.imported',
  'worker.spawned',
  'lane.registered',
  'lane.changed',
  'lane.drained',
  'lane.resumed',
  'lane.parked',
  'lane.unregistered',
  'lane.token-rotated',
  'plan.created',
  'plan.changed',
  'plan.waived',
  'plan.completed',
  'plan.reopened',
  'role.opened',
  'role.retired',
  'role.reopened',
  'role.rotated',
  'role.assigned',
  'role.invoked',
  'role.answered',
  'role.finished',
  'artifact.kept',
  'finding.reported',
  'finding.delivered',
  'finding.disposed',
  'finding.asked',
  'finding.answered',
  'finding.assigned',
  'finding.remediated',
  'finding.returned',
  'finding.revalidated',
  'finding.closed',
  'skill.discovered',
  'skill.staged',
  'skill.approved',
  'skill.quarantined',
  'skill.gone',
  'skill.loaded',
  'policy.proposed',
  'policy.approved',
  'schedule.created',
  'schedule.paused',
  'schedule.resumed',
  'schedule.fired',
  'schedule.skipped',
  'schedule.succeeded',
  'schedule.failed',
  'schedule.ended',
  'schedule.removed',
  'handoff.requested',
  'handoff.asked-again',
  'handoff.refused',
  'handoff.awaiting-approval',
  'handoff.edited',
  'handoff.queued',
  'handoff.paused',
  'handoff.resumed',
  'handoff.started',
  'handoff.progressed',
  'handoff.finished',
  'handoff.uncertain',
  'handoff.cancelled',
  'handoff.summed-up',
  'edge.opened',
  'edge.closed',
  'approval.remembered',
  'approval.forgotten',
  'audit.sealed',
  'config.accepted',
  'config.rejected',
  'config.reverted',
  'mcp.tools-changed',
  'mcp.tools-reviewed',
  'hook.ran',
  'budget.exhausted',
  'daemon.started',
  'daemon.stopped',
  'backup.taken',
  'restore.completed',
] as const;

export type EventType = (typeof eventTypes)[number];

export interface JournalEvent {
  readonly cursor: string;
  readonly stream: string;
  readonly seq: number;
  /** Milliseconds since the Unix epoch, wall clock. Never used to decide anything. */
  readonly at: number;
  readonly type: EventType;
  /** Who did it: `operator`, `agent:coder`, `daemon`, `credential:<id>` … */
  readonly actor: string;
  readonly provenance: Provenance | null;
  /** Null once the body was erased; its digest stays in the hash. */
  readonly data: JsonObject | null;
  readonly hash: string;
  readonly prevHash: string;
}

export function sessionStream(sessionKey: string): string {
  return `session:${sessionKey}`;
}

export function boardStream(board: string): string {
  return `board:${board}`;
}

/** Encoded, because the id of a plan may be any text. */
export function planStream(plan: string): string {
  return `plan:${encodeURIComponent(plan)}`;
}

export const installationStream = 'installation';

/** A JSON value that is an event body. */
export function eventData(data: { readonly [key: string]: Json | undefined }): JsonObject {
  const body: Record<string, Json> = {};
  for (const [key, value] of Object.entries(data)) if (value !== undefined) body[key] = value;
  return body;
}
