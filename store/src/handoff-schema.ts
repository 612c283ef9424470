/** The tables of handoffs, as Kysely sees them. */
import type { BudgetLimit } from '@guildhall/authority';
import type { HandoffDecision } from '@guildhall/handoffs';
import type { DecisionMoment, GuardrailVerdict, HandoffOutcome, HandoffStatus, JsonObject, Provenance, RiskLevel } from '@guildhall/protocol';
import type { StoredJson } from './stored-text.ts';

export interface HandoffSchema {
  handoffs: HandoffRow;
  handoff_decisions: { handoff: string; ordinal: number; moment: DecisionMoment; verdict: GuardrailVerdict; decision: StoredJson<HandoffDecision>; at: number };
  handoff_locks: { name: string; failures: number; opened_lease: number | null; probe: string | null };
  handoff_summaries: { source_turn: string; turn_id: string; at: number };
  standing_approvals: {
    id: string;
    agent: string;
    tool: string;
    digest: string;
    bound: StoredJson<JsonObject>;
    granted_by: string;
    granted_at: number;
    revoked_at: number | null;
    uses: number;
  };
}

export interface HandoffRow {
  id: string;
  source: string;
  source_agent: string;
  source_session: string;
  source_turn: string | null;
  source_call: string | null;
  requested_by: string;
  target: string;
  target_agent: string;
  target_session: string;
  target_chat: string;
  task: string;
  task_digest: string;
  dedup_key: string | null;
  risk: string;
  risk_level: RiskLevel;
  forbidden: StoredJson<readonly string[]>;
  must_ask: number;
  parent: string | null;
  depth: number;
  provenance: StoredJson<Provenance>;
  status: HandoffStatus;
  outcome: HandoffOutcome | null;
  reason: string;
  result: string | null;
  digest: string;
  approved_digest: string | null;
  approval_id: string | null;
  asked: number;
  notice_turn: string | null;
  turn_id: string | null;
  progress: string | null;
  allowance: StoredJson<readonly BudgetLimit[]>;
  reservation: string | null;
  awaited: number;
  needed: number | null;
  called_off_at: number | null;
  requested_at: number;
  requested_lease: number;
  started_at: number | null;
  ended_at: number | null;
}
