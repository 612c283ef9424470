/** What delivering answers asks of a chat platform. Implemented by `channels/`. */
import type { Outbound } from './session.ts';

export interface Channel {
  readonly platform: string;
  /** Does the platform recognise a second send of the same intent and keep one? */
  readonly recognisesRepeats: boolean;
  /**
   * Sends one message; must end soon after `signal` aborts. Throws `NotDelivered` when it is sure that nothing arrived, and anything else when it cannot tell.
   */
  send(message: Outbound, signal: AbortSignal): Promise<{ readonly platformMessageId?: string }>;
}

/** The platform said no, or was not reached at all. */
export class NotDelivered extends Error {
  /** Is there any use in trying again? */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryable: boolean, retryAfterMs?: number) {
    super(message);
    this.name = 'NotDelivered';
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}
