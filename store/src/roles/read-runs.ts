/** Role runs and artifacts from their rows, with what their turn answered and cost. */
import type { ArtifactView } from '@guildhall/protocol';
import type { RoleRun } from '@guildhall/roles';
import type { Kysely } from 'kysely';
import type { ArtifactRow, RoleRunRow } from '../role-schema.ts';
import type { Schema } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';

/** With the turn that works on it, where there is one. */
export function selectRuns(db: Kysely<Schema>) {
  return db
    .selectFrom('role_runs')
    .leftJoin('turns', 'turns.id', 'role_runs.turn_id')
    .selectAll('role_runs')
    .select(['turns.answer as turn_answer', 'turns.cost_micro_usd as turn_cost']);
}

export async function readRun(db: Kysely<Schema>, id: string): Promise<RoleRun | undefined> {
  const row = await selectRuns(db).where('role_runs.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toRoleRun(row);
}

export function toRoleRun(row: RoleRunRow & { readonly turn_answer: string | null; readonly turn_cost: number | null }): RoleRun {
  return {
    id: row.id,
    plan: row.plan,
    role: row.role,
    incarnation: row.incarnation,
    mode: row.mode,
    task: row.task,
    phase: row.phase,
    expects: fromStoredJson(row.expects),
    labels: fromStoredJson(row.labels),
    paths: fromStoredJson(row.paths),
    requestId: row.request_id,
    requestedBy: row.requested_by,
    provenance: fromStoredJson(row.provenance),
    sessionKey: row.session_key,
    turnId: row.turn_id,
    hostTurn: row.host_turn,
    status: row.status,
    outcome: row.outcome,
    reason: row.reason,
    personAnswer: row.person_answer,
    personOutcome: row.person_outcome,
    answer: row.turn_answer,
    packetRev: row.packet_rev,
    policyRev: row.policy_rev,
    compliance: row.compliance,
    evidence: fromStoredJson(row.evidence),
    costMicroUsd: row.turn_cost ?? 0,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}

export function toArtifact(row: ArtifactRow): ArtifactView {
  return {
    id: row.id,
    plan: row.plan,
    role: row.role,
    run: row.run,
    path: row.path,
    sha256: row.sha256,
    bytes: row.bytes,
    mediaType: row.media_type,
    kept: row.kept === 1,
    compliance: row.compliance,
    at: row.at,
  };
}
