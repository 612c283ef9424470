/**
 * A turn is one accepted message until the agent has answered it.
 *
 * Every accepted message has exactly one turn, in accept order. A `queued` turn waits for its session; a `running` one is driven by the holder of the lease
 * `session:<key>`, or by nobody after a crash until somebody takes the lease and resumes it from its last entry. A message that steers is `absorbed` into the turn that
 * was running. Nothing leaves the four ends.
 */
import type { Fence } from '@guildhall/kernel';
import type { ChatType, Json, Provenance } from '@guildhall/protocol';

export type TurnStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'absorbed';
export type TurnVerb = 'begin' | 'finish' | 'fail' | 'cancel' | 'absorb';

export const turnTransitions = {
  queued: { begin: 'running', cancel: 'cancelled', absorb: 'absorbed' },
  running: { finish: 'completed', fail: 'failed', cancel: 'cancelled' },
  completed: {},
  failed: {},
  cancelled: {},
  absorbed: {},
} as const satisfies Record<TurnStatus, Partial<Record<TurnVerb, TurnStatus>>>;

/** What a message does to a turn that is running in its session: wait behind it, join it at its next step, or cancel it and go next. */
export type BusyMode = 'queue' | 'steer' | 'interrupt';

/** A message as a channel authenticated and normalised it. Ids are the platform's immutable ones, as text. */
export interface InboundMessage {
  readonly platform: string;
  readonly account: string;
  readonly chat: string;
  readonly chatType: ChatType;
  readonly peer?: string;
  readonly guild?: string;
  readonly team?: string;
  readonly thread?: string;
  readonly messageId: string;
  readonly text: string;
  readonly attachments?: readonly Json[];
}

export interface Turn {
  readonly id: string;
  readonly sessionKey: string;
  readonly agent: string;
  readonly status: TurnStatus;
  readonly message: InboundMessage;
  /** Who wrote the message, as authenticated: `operator`, `telegram:12345` … */
  readonly from: string;
  readonly provenance: Provenance;
  /** How often it was begun or resumed. */
  readonly attempts: number;
  readonly cancelRequested: boolean;
  readonly acceptedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Why it failed or was cancelled, in a sentence. */
  readonly reason?: string;
  /** The text of the answer, once completed. */
  readonly answer?: string;
  /** The turn that absorbed this one. */
  readonly absorbedInto?: string;
  readonly steps: number;
  readonly usage: TurnUsage;
}

export interface TurnUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly costMicroUsd: number;
  /** Steps whose price is not known; their cost is missing from `costMicroUsd`. */
  readonly unpricedSteps: number;
  readonly rehearsal: boolean;
}

/** A turn in the hands of the holder of its session's lease. */
export interface HeldTurn {
  readonly turn: Turn;
  readonly fence: Fence;
  /** True when an earlier holder had begun it. */
  readonly resumed: boolean;
}

export function sessionLease(sessionKey: string): string {
  return `session:${sessionKey}`;
}
