import type { AgentView } from '@guildhall/protocol';
import type { Clock, Ids } from '@guildhall/kernel';
import type { Operations } from '../../operations.ts';
import type { IdempotencyStore } from '../idempotency.ts';
import type { DoorLimits } from '../limits.ts';

/** What a chat completion works with. */
export interface CompletionParts {
  readonly operations: Operations;
  readonly idempotency: IdempotencyStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: DoorLimits;
}

/** A turn that was asked for through the OpenAI-compatible door. */
export interface AskedTurn {
  readonly turnId: string;
  readonly sessionKey: string;
  readonly agent: AgentView;
  /** The last entry before this turn; absent when the turn may have begun before this request. */
  readonly afterSeq?: number;
  /** A retry with the same Idempotency-Key may come for it. */
  readonly keyed: boolean;
}
