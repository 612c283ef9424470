/**
 * A role session: the durable conversation of one role in one plan, and what was asked of it.
 *
 * `open` takes work; `retired` takes none and keeps everything. An incarnation lasts from opening or reopening to retirement, or from one rotation to the next.
 */
import type { ArtifactView, Compliance, ExecutionMode, Provenance, RoleRunOutcome, RoleRunStatus, RoleStatus, RunEvidence } from '@guildhall/protocol';

export type RoleVerb = 'retire' | 'reopen' | 'rotate';

export const roleTransitions = {
  open: { retire: 'retired', rotate: 'open' },
  retired: { reopen: 'open' },
} as const satisfies Record<RoleStatus, Partial<Record<RoleVerb, RoleStatus>>>;

export type RoleRunVerb = 'begin' | 'answer' | 'settle';

/** A run of an agent is queued with its turn and running while that runs; one of a person waits until they answered. Only a settled run has an outcome. */
export const roleRunTransitions = {
  queued: { begin: 'running', settle: 'finished' },
  running: { settle: 'finished' },
  'waiting-for-person': { answer: 'queued', settle: 'finished' },
  finished: {},
} as const satisfies Record<RoleRunStatus, Partial<Record<RoleRunVerb, RoleRunStatus>>>;

export interface RoleSession {
  readonly plan: string;
  readonly role: string;
  readonly sessionKey: string;
  /** The agent that fills it; null: a person does. */
  readonly agent: string | null;
  readonly status: RoleStatus;
  readonly incarnation: number;
  readonly openedAt: number;
  readonly retiredReason: string | null;
  /** Everything below is read off the session and its turns. */
  readonly lastActivityAt: number;
  readonly entryCount: number;
  readonly turns: number;
  readonly queuedTurns: number;
  readonly runningTurn: string | null;
  readonly waitingForPerson: number;
  readonly compactedAt: number | null;
  readonly costMicroUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The newest run. */
  readonly lastRun: { readonly id: string; readonly mode: ExecutionMode; readonly compliance: Compliance } | null;
}

export interface Incarnation {
  readonly number: number;
  readonly begunBy: 'opened' | 'reopened' | 'rotated';
  readonly openedAt: number;
  readonly openedBy: string;
  readonly openedReason: string;
  readonly retiredAt: number | null;
  readonly retiredBy: string | null;
  readonly retiredReason: string | null;
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  readonly turns: number;
  readonly costMicroUsd: number;
  readonly brief: string;
}

export interface NewRoleRun {
  readonly id: string;
  readonly plan: string;
  readonly role: string;
  readonly mode: ExecutionMode;
  readonly task: string;
  readonly phase: string | null;
  readonly expects: readonly string[];
  readonly labels: readonly string[];
  readonly paths: readonly string[];
  readonly requestId: string;
  readonly requestedBy: string;
  readonly provenance: Provenance;
  /** Null where a person fills the role, and for inline runs. */
  readonly turn: {
    readonly turnId: string;
    /** Where the turn runs: the role's own session, or one of this run alone. */
    readonly sessionKey: string;
    readonly agent: string;
    /** What the turn is asked, as the agent reads it. */
    readonly text: string;
    readonly maxQueued: number;
    /** The message's platform, chat, thread and id, which are unique together. `role`, the plan, the role, the request id; for a task of the board `board`, the board, the task, its run. */
    readonly message: { readonly platform: string; readonly chat: string; readonly thread: string; readonly messageId: string };
  } | null;
  /** Inline only: the turn of the Lead within which it is done. */
  readonly hostTurn: string | null;
}

export interface RoleRun extends Omit<NewRoleRun, 'turn'> {
  readonly incarnation: number;
  readonly sessionKey: string;
  readonly turnId: string | null;
  readonly status: RoleRunStatus;
  readonly outcome: RoleRunOutcome | null;
  readonly reason: string;
  /** What a person answered; an agent's answer is its turn's. */
  readonly personAnswer: string | null;
  readonly personOutcome: 'succeeded' | 'failed' | null;
  readonly answer: string | null;
  readonly packetRev: number;
  readonly policyRev: number | null;
  readonly compliance: Compliance;
  readonly evidence: readonly RunEvidence[];
  readonly costMicroUsd: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
}

export interface NewArtifact extends Pick<ArtifactView, 'id' | 'path' | 'sha256' | 'bytes' | 'mediaType'> {
  /** Base64; null when it is too large to keep. */
  readonly content: string | null;
}
