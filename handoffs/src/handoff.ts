/**
 * A handoff: bounded work that a source asks of a target. It is requested once, judged, perhaps approved, announced in the target's chat, and then done as one turn of the target's session.
 *
 * `queued` means: its notice is accepted in the target's session. `running`: its turn is accepted there, and it holds a place of its target. Nothing leaves refused, finished, cancelled and uncertain.
 */
import type { BudgetLimit } from '@guildhall/authority';
import type { HandoffOutcome, HandoffStatus, Provenance, RiskLevel } from '@guildhall/protocol';
import type { HandoffDecision, HandoffReservation } from './decision.ts';
import type { Endpoint } from './endpoint.ts';

export type HandoffVerb = 'approve' | 'deny' | 'ask-again' | 'pause' | 'resume' | 'start' | 'finish' | 'lose' | 'refuse' | 'cancel';

/** `ask-again`: what would run is no longer what was approved. `lose`: it ended, and nobody knows whether it took effect. */
export const handoffTransitions = {
  'awaiting-approval': { approve: 'queued', deny: 'refused', refuse: 'refused', cancel: 'cancelled' },
  queued: { start: 'running', pause: 'paused', 'ask-again': 'awaiting-approval', refuse: 'refused', cancel: 'cancelled' },
  paused: { resume: 'queued', 'ask-again': 'awaiting-approval', refuse: 'refused', cancel: 'cancelled' },
  running: { finish: 'finished', lose: 'uncertain', cancel: 'cancelled' },
  refused: {},
  finished: {},
  cancelled: {},
  uncertain: {},
} as const satisfies Record<HandoffStatus, Partial<Record<HandoffVerb, HandoffStatus>>>;

export const openHandoffStatuses = ['awaiting-approval', 'queued', 'paused', 'running'] as const;

export interface Handoff {
  readonly id: string;
  readonly source: Endpoint;
  /** The call that asked, which makes the same call find the same handoff; null for a person. */
  readonly sourceTurn: string | null;
  readonly sourceCall: string | null;
  readonly requestedBy: string;
  readonly target: Endpoint;
  /** `telegram:-100…`, or `session`. */
  readonly targetChat: string;
  readonly task: string;
  readonly dedupKey: string | null;
  /** As asked for or configured: a level or a class. */
  readonly risk: string;
  readonly riskLevel: RiskLevel;
  readonly forbidden: readonly string[];
  /** A person must say yes whatever policy says. */
  readonly mustAsk: boolean;
  readonly parent: string | null;
  readonly depth: number;
  /** Of the turn that does the work: derived, narrowed, never taken from a request. */
  readonly provenance: Provenance;
  readonly status: HandoffStatus;
  readonly outcome: HandoffOutcome | null;
  readonly reason: string;
  readonly result: string | null;
  /** The newest decision. */
  readonly decision: HandoffDecision & { readonly at: number };
  readonly approvalId: string | null;
  /** How often a person was asked. */
  readonly asked: number;
  readonly noticeTurn: string | null;
  readonly turnId: string | null;
  readonly progress: string | null;
  /** What it may cost, as limits for every model call of its tree. */
  readonly allowance: readonly BudgetLimit[];
  /** Waited for by the call that asked, so that its end opens no summary. */
  readonly awaited: boolean;
  /** How many handoffs of the same turn must have ended for the summary; null: all. */
  readonly needed: number | null;
  /** Set for it and everything below it when a person called it off: nothing further starts. */
  readonly calledOffAt: number | null;
  readonly requestedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** What the daemon says when it asks for one; the store counts, judges and stores. */
export interface NewHandoff extends Pick<
  Handoff,
  | 'id'
  | 'source'
  | 'sourceTurn'
  | 'sourceCall'
  | 'requestedBy'
  | 'target'
  | 'targetChat'
  | 'task'
  | 'dedupKey'
  | 'risk'
  | 'forbidden'
  | 'mustAsk'
  | 'parent'
  | 'provenance'
  | 'allowance'
  | 'awaited'
  | 'needed'
> {
  /** The turn that will announce it in the target's session. */
  readonly notice: { readonly turnId: string; readonly text: string };
  /** The approval that will be asked for, if one is. */
  readonly approval: { readonly id: string; readonly expiresInMs: number };
  /** Set aside when it is requested, in these scopes, until it has ended; null where no budget of the edge is limited. */
  readonly reservation: HandoffReservation | null;
  readonly maxQueued: number;
}
