import type { ChatType, Provenance } from '@guildhall/protocol';

/** A durable conversation of one agent. */
export interface Session {
  readonly key: string;
  readonly agent: string;
  readonly platform: string;
  readonly account: string;
  readonly chat: string;
  readonly chatType: ChatType;
  /** The first words said in it, at most 80 characters; for lists. */
  readonly title: string;
  readonly createdAt: number;
  readonly lastActivityAt: number;
  readonly entryCount: number;
  readonly queuedTurns: number;
  /** The turn that is running now, if one is. */
  readonly runningTurn?: string;
  readonly costMicroUsd: number;
}

/** pending → sending → sent | unknown | failed; unknown: the daemon stopped between sending and noting it, so it may have been delivered. */
export type OutboundStatus = 'pending' | 'sending' | 'sent' | 'unknown' | 'failed';

export const outboundTransitions = {
  pending: { send: 'sending', fail: 'failed' },
  sending: { settle: 'sent', lose: 'unknown', fail: 'failed', retry: 'pending' },
  sent: {},
  unknown: { retry: 'pending', settle: 'sent' },
  failed: { retry: 'pending' },
} as const satisfies Record<OutboundStatus, Partial<Record<'send' | 'settle' | 'lose' | 'fail' | 'retry', OutboundStatus>>>;

export interface NewOutbound {
  readonly id: string;
  readonly platform: string;
  readonly account: string;
  readonly chat: string;
  readonly thread?: string;
  readonly text: string;
  /** The platform's id of the message this answers. */
  readonly replyTo?: string;
}

export interface Outbound extends NewOutbound {
  readonly sessionKey: string;
  readonly turnId: string;
  readonly status: OutboundStatus;
  readonly attempts: number;
  readonly provenance: Provenance;
  readonly error?: string;
}
