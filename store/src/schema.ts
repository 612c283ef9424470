/**
 * The tables as Kysely sees them, the same on both databases; the DDL is in `store/migrations`. Columns are snake case here and camel case everywhere else; the
 * mapping is done once, in the file of the port that owns the table. JSON and flags are kept as text and 0/1, so that both databases give back the same bytes.
 */
import type { ApprovalStatus, CanonicalAction, Decision, Scope } from '@guildhall/authority';
import type { LaneRunner, Worker } from '@guildhall/board';
import type {
  ArtifactItem,
  BlockKind,
  ChatType,
  ClaimMode,
  EventType,
  EvidenceItem,
  Json,
  JsonObject,
  LaneKind,
  Provenance,
  RunOutcome,
  TaskStatus,
  Workspace,
} from '@guildhall/protocol';
import type { BusyMode, EntryBody, InboundMessage, OutboundStatus, TurnStatus } from '@guildhall/sessions';
import type { Generated } from 'kysely';
import type { HandoffSchema } from './handoff-schema.ts';
import type { RoleSchema } from './role-schema.ts';
import type { StoredJson } from './stored-text.ts';

export interface Schema extends RoleSchema, HandoffSchema {
  streams: { name: string; seq: number; hash: string };
  journal_head: { id: number; position: number };
  events: EventRow;
  event_bodies: { position: number; data: StoredJson<JsonObject> };
  consumers: { name: string; position: number };
  timelines: { id: number; forked_at: number };
  leases: LeaseRow;
  lease_clock: { id: number; ms: number };
  credentials: CredentialRow;
  approvals: ApprovalRow;
  decisions: DecisionRow;
  budgets: BudgetRow;
  reservations: { id: string; scope: string; period: string; micro_usd: number; tokens: number; settled: number; lapses_at: number };
  config_versions: { rev: number; digest: string; text: string; actor: string; at: number; revert_of: number | null };
  notes: { name: string; value: StoredJson<Json> };
  idempotency_keys: IdempotencyRow;
  sessions: SessionRow;
  turns: TurnRow;
  entries: EntryRow;
  outbound: OutboundRow;
  boards: BoardRow;
  lanes: LaneRow;
  tasks: TaskRow;
  task_terms: { board: string; term: string; task: string };
  task_links: { parent: string; child: string };
  runs: RunRow;
  task_comments: { id: string; task: string; author: string; text: string; at: number };
  attachments: AttachmentRow;
  attachment_contents: { sha256: string; content: string };
  imported_tasks: { board: string; format: string; key: string; task: string };
  /** Only on PostgreSQL. */
  commit_marks: { token: string; at: number; outcome: 'committed' | 'fenced' };
}

export interface EventRow {
  position: number;
  stream: string;
  seq: number;
  at: number;
  type: EventType;
  actor: string;
  provenance: StoredJson<Provenance> | null;
  body_digest: string;
  prev_hash: string;
  hash: string;
}

export interface LeaseRow {
  name: string;
  /** Null once it was given back. */
  holder: string | null;
  epoch: number;
  expires_at: number;
}

export interface CredentialRow {
  id: string;
  secret_hash: string;
  scopes: StoredJson<readonly Scope[]>;
  label: string;
  created_at: number;
  expires_at: number | null;
  /** When somebody first saw that it had expired; a clock that steps back does not revive it. */
  expired_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
}

export interface ApprovalRow {
  id: string;
  digest: string;
  action: StoredJson<CanonicalAction>;
  reason: string;
  session_key: string;
  turn_id: string;
  call_id: string;
  status: ApprovalStatus;
  provenance: StoredJson<Provenance>;
  asked_at: number;
  expires_at: number;
  lapses_at: number;
  answered_by: string | null;
  answered_at: number | null;
  answer_reason: string | null;
  standing_digest: string | null;
  standing_bound: StoredJson<JsonObject> | null;
}

export interface DecisionRow {
  turn_id: string;
  call_id: string;
  session_key: string;
  at: number;
  verdict: Decision['verdict'];
  tool: string;
  digest: string;
  rule: string;
  answers: StoredJson<Decision['answers']>;
  approval_id: string | null;
}

export interface BudgetRow {
  scope: string;
  period: string;
  settled_micro_usd: number;
  settled_tokens: number;
  reserved_micro_usd: number;
  reserved_tokens: number;
}

interface IdempotencyRow {
  credential_id: string;
  key: string;
  request_digest: string;
  attempt: number;
  /** The boot that works on it. */
  owner: string;
  started_at: number;
  lapses_at: number;
  status: number | null;
  /** The text of the answer. */
  body: string | null;
}

export interface SessionRow {
  key: string;
  agent: string;
  platform: string;
  account: string;
  chat: string;
  chat_type: ChatType;
  title: string;
  created_at: number;
  last_activity_at: number;
  turn_count: number;
  entry_count: number;
  queued_turns: number;
  running_turn: string | null;
  /** The `seq` of the newest compaction entry, 0 when there is none. */
  compacted_seq: number;
  cost_micro_usd: number;
}

export interface TurnRow {
  id: string;
  session_key: string;
  ordinal: number;
  agent: string;
  platform: string;
  account: string;
  chat: string;
  message_id: string;
  message: StoredJson<InboundMessage>;
  sender: string;
  provenance: StoredJson<Provenance>;
  busy: BusyMode;
  status: TurnStatus;
  attempts: number;
  cancel_requested: number;
  accepted_at: number;
  started_at: number | null;
  ended_at: number | null;
  reason: string | null;
  answer: string | null;
  absorbed_into: string | null;
  steps: number;
  input_tokens: number;
  output_tokens: number;
  cached_input_tokens: number;
  cost_micro_usd: number;
  unpriced_steps: number;
  rehearsal: number;
  /** Why it failed, as a code; null where it did not. */
  fail_code: string | null;
  /** The innermost handoff it works for. */
  handoff: string | null;
}

export interface EntryRow {
  id: Generated<number>;
  session_key: string;
  seq: number;
  turn_id: string;
  at: number;
  kind: EntryBody['kind'];
  call_id: string | null;
  body: StoredJson<EntryBody>;
}

export interface OutboundRow {
  id: string;
  session_key: string;
  seq: number;
  turn_id: string;
  platform: string;
  account: string;
  chat: string;
  thread: string | null;
  text: string;
  reply_to: string | null;
  provenance: StoredJson<Provenance>;
  status: OutboundStatus;
  attempts: number;
  /** The boot that is sending it. */
  sender: string | null;
  created_at: number;
  not_before: number;
  platform_message_id: string | null;
  error: string | null;
}

export interface BoardRow {
  name: string;
  title: string;
  created_at: number;
  archive_done_after_days: number | null;
}

export interface LaneRow {
  name: string;
  kind: LaneKind;
  claim_mode: ClaimMode;
  capacity: number;
  labels: StoredJson<readonly string[]>;
  description: string;
  lease_ms: number;
  /** Null for a persistent lane. */
  runner: StoredJson<LaneRunner> | null;
  state: 'active' | 'drained' | 'unregistered';
  parked_reason: string | null;
  parked_until: number | null;
  failure_streak: number;
  credential_id: string | null;
  version: string;
  registered_at: number;
  last_seen_at: number | null;
}

export interface TaskRow {
  id: string;
  board: string;
  title: string;
  body: string;
  status: TaskStatus;
  assignee: string | null;
  priority: number;
  labels: StoredJson<readonly string[]>;
  start_at: number | null;
  acceptance: StoredJson<readonly string[]>;
  review: 'none' | 'required';
  reviewer: string;
  evidence_required: number;
  max_attempts: number;
  max_runtime_ms: number | null;
  metadata: StoredJson<JsonObject>;
  workspace: StoredJson<Workspace>;
  attempts: number;
  run_count: number;
  blocked_count: number;
  open_parents: number;
  child_count: number;
  block_kind: BlockKind | null;
  block_reason: string | null;
  wake_at: number | null;
  was_done: number;
  run_id: string | null;
  lane: string | null;
  provenance: StoredJson<Provenance>;
  idempotency_key: string | null;
  created_by: string;
  created_at: number;
  updated_at: number;
  ready_at: number | null;
  ended_at: number | null;
  /** The innermost handoff within whose work it was made. */
  handoff: string | null;
}

export interface RunRow {
  id: string;
  task: string;
  board: string;
  lane: string;
  epoch: number;
  attempt: number;
  request_id: string;
  token_hash: string;
  started_at: number;
  ended_at: number | null;
  outcome: RunOutcome | null;
  summary: string;
  reason: string;
  metadata: StoredJson<JsonObject>;
  artifacts: StoredJson<readonly ArtifactItem[]>;
  evidence: StoredJson<readonly EvidenceItem[]>;
  last_heartbeat_at: number | null;
  /** When a heartbeat was last recorded as an event. */
  told_at: number | null;
  note: string;
  /** Thousandths. */
  progress: number | null;
  worker: StoredJson<Worker> | null;
}

export interface AttachmentRow {
  id: string;
  task: string;
  name: string;
  media_type: string;
  bytes: number;
  sha256: string;
  author: string;
  at: number;
}
