/** The tables of plans, roles, findings, skills and schedules, as Kysely sees them. */
import type {
  CatchUp,
  Compliance,
  ExecutionMode,
  FindingStatus,
  OccurrenceStatus,
  PlanStatus,
  Provenance,
  RoleRunOutcome,
  RoleRunStatus,
  RoleStatus,
  RunEvidence,
  ScheduleDelivery,
  ScheduleStatus,
  ScheduleTarget,
  ScheduleTime,
  Severity,
  SkillPolicyDocument,
  SkillStatus,
  SkillUseView,
} from '@guildhall/protocol';
import type { Finding, Incarnation, Phase } from '@guildhall/roles';
import type { SkillFile } from '@guildhall/skills';
import type { StoredJson } from './stored-text.ts';

export interface RoleSchema {
  plans: PlanRow;
  plan_packets: { plan: string; rev: number; text: string; sha256: string; actor: string; at: number };
  plan_waivers: { plan: string; blocker: string; reason: string; actor: string; at: number };
  role_sessions: RoleSessionRow;
  role_incarnations: IncarnationRow;
  role_runs: RoleRunRow;
  artifacts: ArtifactRow;
  findings: FindingRow;
  finding_steps: { finding: string; ordinal: number; verb: string; actor: string; text: string; provenance: StoredJson<Provenance> | null; at: number };
  finding_revalidations: { finding: string; round: number; role: string; verdict: 'pending' | 'passed' | 'failed'; at: number | null };
  skills: SkillRow;
  skill_texts: { hash: string; text: string };
  skill_policies: SkillPolicyRow;
  skill_evidence: SkillEvidenceRow;
  schedules: ScheduleRow;
  schedule_occurrences: {
    schedule: string;
    due_at: number;
    fired_at: number;
    status: OccurrenceStatus;
    turn_id: string | null;
    run: string | null;
    reason: string;
  };
}

export interface PlanRow {
  id: string;
  title: string;
  goal: string;
  status: PlanStatus;
  packet_rev: number;
  phases: StoredJson<readonly Phase[]>;
  created_by: string;
  created_at: number;
  completed_by: string | null;
  completed_at: number | null;
}

export interface RoleSessionRow {
  plan: string;
  role: string;
  session_key: string;
  agent: string | null;
  status: RoleStatus;
  incarnation: number;
  opened_at: number;
  last_activity_at: number;
}

interface IncarnationRow {
  plan: string;
  role: string;
  number: number;
  begun_by: Incarnation['begunBy'];
  opened_at: number;
  opened_by: string;
  opened_reason: string;
  retired_at: number | null;
  retired_by: string | null;
  retired_reason: string | null;
  after_seq: number;
  after_turn: number;
  brief: string;
}

export interface RoleRunRow {
  id: string;
  plan: string;
  role: string;
  incarnation: number;
  mode: ExecutionMode;
  task: string;
  phase: string | null;
  expects: StoredJson<readonly string[]>;
  labels: StoredJson<readonly string[]>;
  paths: StoredJson<readonly string[]>;
  request_id: string;
  requested_by: string;
  provenance: StoredJson<Provenance>;
  /** The innermost one, within whose work it is. */
  handoff: string | null;
  session_key: string;
  turn_id: string | null;
  host_turn: string | null;
  status: RoleRunStatus;
  outcome: RoleRunOutcome | null;
  reason: string;
  person_answer: string | null;
  person_outcome: 'succeeded' | 'failed' | null;
  packet_rev: number;
  policy_rev: number | null;
  compliance: Compliance;
  evidence: StoredJson<readonly RunEvidence[]>;
  created_at: number;
  ended_at: number | null;
}

export interface ArtifactRow {
  id: string;
  plan: string;
  role: string;
  run: string;
  path: string;
  sha256: string;
  bytes: number;
  media_type: string;
  kept: number;
  compliance: Compliance;
  at: number;
}

export interface FindingRow {
  id: string;
  plan: string;
  title: string;
  severity: Severity;
  description: string;
  evidence: StoredJson<Finding['evidence']>;
  status: FindingStatus;
  reported_by: string;
  run: string | null;
  turn_id: string | null;
  call_id: string | null;
  provenance: StoredJson<Provenance>;
  assign_to: string | null;
  round: number;
  task: string | null;
  steps: number;
  stands_since: number;
  told: number;
  reported_at: number;
}

export interface SkillRow {
  scope: string;
  name: string;
  status: SkillStatus;
  reason: string;
  folder: string;
  description: string;
  version: string;
  license: string;
  asks_for_tools: StoredJson<readonly string[]>;
  hash: string;
  pinned: string;
  files: StoredJson<readonly SkillFile[]>;
  warnings: StoredJson<readonly string[]>;
  seen_at: number;
  approved_at: number | null;
  approved_by: string | null;
}

export interface SkillPolicyRow {
  rev: number;
  status: 'proposed' | 'in-force' | 'superseded';
  policy: StoredJson<SkillPolicyDocument>;
  text: string;
  note: string;
  against: number | null;
  proposed_by: string;
  proposed_at: number;
  approved_by: string | null;
  approved_at: number | null;
}

export interface SkillEvidenceRow {
  turn_id: string;
  skill: string;
  session_key: string;
  plan: string | null;
  role: string | null;
  policy_rev: number | null;
  tier: SkillUseView['tier'];
  status: SkillUseView['status'];
  version: string;
  wanted: string;
  found: string;
  how: SkillUseView['how'];
  at: number;
}

export interface ScheduleRow {
  name: string;
  spec: StoredJson<ScheduleTime>;
  target: StoredJson<ScheduleTarget>;
  prompt: string;
  deliver_to: StoredJson<ScheduleDelivery> | null;
  catch_up: CatchUp;
  jitter_ms: number;
  status: ScheduleStatus;
  reason: string;
  next_at: number | null;
  failures: number;
  created_by: string;
  created_at: number;
}
