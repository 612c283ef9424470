/**
 * What handoffs ask of a store. One verb is one transaction that commits the change with its events (stream `handoff:<id>`), under the locks of source, target and edge, taken in the order of their
 * names, so that nothing is counted twice and no place given twice, on one node or several.
 */
import type { CancelAnswer, HandoffEdge, HandoffOutcome, HandoffStatus, Settled } from '@guildhall/protocol';
import type { HandoffDecision, HandoffQuestion } from './decision.ts';
import type { Handoff, NewHandoff } from './handoff.ts';
import type { EdgeRules } from './rules.ts';

export interface StoredHandoffDecision extends HandoffDecision {
  readonly at: number;
}

interface HandoffVerbs {
  /**
   * Counts, judges with `decideHandoff`, and stores the handoff with its decision: `refused`; or `awaiting-approval` with the approval asked in the source's session; or `queued` with its notice accepted in
   * the target's session and the budget set aside. The same call, and the same edge with the same key or, within the window, the same words, is the handoff that is there (`duplicate: true`), with
   * a decision of the moment `asked-again`. Refused, storing nothing, only where the chain was called off (`wrong-state`), and what policy refuses
   * where it has refused too many of this source within an hour (`limit-reached`).
   */
  requestHandoff(handoff: NewHandoff, question: HandoffQuestion): Promise<Settled<{ readonly handoff: Handoff; readonly duplicate: boolean }>>;
  /**
   * A person changed what would run, before it began: judged again. What was approved is not approved any more; a waiting approval runs out. `wrong-state` once it runs or has ended.
   */
  editHandoff(
    id: string,
    change: {
      readonly task: string;
      readonly risk: string;
      readonly forbidden: readonly string[];
      /** Of the turn that will do the work, narrowed by what is forbidden now. */
      readonly provenance: Handoff['provenance'];
      readonly approval: NewHandoff['approval'];
      readonly notice: NewHandoff['notice'];
    },
    question: HandoffQuestion,
    actor: string,
  ): Promise<Settled<Handoff>>;
  /** Uses up the approval, whose digest must be that of the newest decision, and queues the handoff with its notice; refuses it when a person said no, or nobody said anything in time. Nothing when it does not wait. */
  settleApproval(id: string, notice: NewHandoff['notice']): Promise<Settled<Handoff>>;
  /**
   * Judges once more and, when its target has a place, accepts the turn that does the work, in the same transaction: `running`. It stays as it is while the target is full (`limit-reached`) and while its notice is not delivered (`wrong-state`). A no makes it
   * `refused`; a digest that is not the one a person approved makes it `awaiting-approval` again.
   */
  startHandoff(
    id: string,
    work: {
      readonly turnId: string;
      readonly text: string;
      /** As stored, narrowed by what the configuration forbids by now. */
      readonly provenance: Handoff['provenance'];
      readonly maxQueued: number;
      readonly approval: NewHandoff['approval'];
    },
    question: HandoffQuestion,
  ): Promise<Settled<Handoff>>;
  pauseHandoff(id: string, reason: string): Promise<Settled<Handoff>>;
  /** Back to `queued`, with a fresh notice; null where the one that is there was delivered after all. */
  resumeHandoff(id: string, notice: NewHandoff['notice'] | null, actor: string): Promise<Settled<Handoff>>;
  noteProgress(id: string, text: string): Promise<void>;
  /** Its one end: status, outcome and result, the budget settled by what it cost, the breaker of its edge, the place of its target given back. `wrong-state` when it had ended. */
  settleHandoff(
    id: string,
    end:
      | { readonly as: 'finished'; readonly outcome: HandoffOutcome; readonly result: string | null; readonly reason: string }
      | { readonly as: 'uncertain'; readonly reason: string; readonly result: string | null },
    breaker: EdgeRules['breaker'],
  ): Promise<Settled<Handoff>>;
}

/** One thing of the tree of a cancelled handoff: the handoff itself first, behind each handoff what was done within it, and then those it asked for. */
export interface CancelledPart {
  readonly kind: 'handoff' | 'turn' | 'run' | 'task';
  readonly id: string;
  readonly what: string;
  readonly depth: number;
  /** What is known at once; null while it is being stopped. */
  readonly answer: CancelAnswer | null;
  readonly detail: string;
}

export interface HandoffCancelVerbs {
  /**
   * Calls off the handoff and everything below it: open ones are `cancelled`, waiting turns end, running ones are marked, waiting approvals run out, tasks that nobody holds are blocked. After it commits no
   * turn, task or handoff of this chain begins, and no turn of it begins a model or tool call. A second time answers the same tree and changes nothing.
   */
  cancelHandoff(id: string, by: string, reason: string): Promise<Settled<{ readonly handoff: Handoff; readonly parts: readonly CancelledPart[] }>>;
}

export interface SummaryDue {
  readonly sourceTurn: string;
  readonly handoffs: readonly Handoff[];
}

export interface SummaryVerbs {
  /** The call that waited for it waits no longer, so its end is summed up like that of the others. Changes nothing of one that has ended. */
  releaseAwaited(id: string): Promise<void>;
  /** Turns that have ended, asked for handoffs nobody waits for, and of those so many have ended as were asked for; each until its summary was opened. */
  dueSummaries(limit: number): Promise<readonly SummaryDue[]>;
  /** Accepts the one turn that sums up, in the session that asked, and forgets the duty; asking twice opens one. */
  openSummary(
    sourceTurn: string,
    summary: { readonly turnId: string; readonly text: string; readonly provenance: Handoff['provenance']; readonly maxQueued: number },
  ): Promise<Settled<{ readonly sessionKey: string; readonly turnId: string }>>;
}

interface HandoffReads {
  readHandoff(id: string): Promise<Handoff | undefined>;
  listHandoffs(query: {
    readonly status?: HandoffStatus;
    readonly source?: string;
    readonly target?: string;
    readonly sourceTurn?: string;
    readonly open?: boolean;
    /** The id behind which to go on; ids go by time. */
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly Handoff[]>;
  decisionsOf(id: string): Promise<readonly StoredHandoffDecision[]>;
  /** Handoffs that wait for an answer a person has given, or can no longer give. */
  answeredHandoffs(limit: number): Promise<readonly Handoff[]>;
  /** Queued and paused handoffs with how far their notice has come, oldest first. `sending` also while it waits to be sent again. */
  queuedHandoffs(
    limit: number,
  ): Promise<readonly { readonly handoff: Handoff; readonly notice: 'waiting' | 'sending' | 'delivered' | 'failed'; readonly detail: string }[]>;
  /** Running handoffs whose turn has ended. `unknownCall`: a call of it had started and its effect is not known. */
  endedHandoffs(limit: number): Promise<
    readonly {
      readonly handoff: Handoff;
      readonly turn: {
        readonly status: 'completed' | 'failed' | 'cancelled' | 'absorbed';
        readonly answer: string;
        readonly reason: string;
        readonly code: string;
        readonly unknownCall: boolean;
      };
    }[]
  >;
  costOf(id: string): Promise<{ readonly costMicroUsd: number; readonly tokens: number }>;
  listEdges(breaker: EdgeRules['breaker']): Promise<readonly HandoffEdge[]>;
}

export type HandoffStore = HandoffVerbs & HandoffCancelVerbs & SummaryVerbs & HandoffReads;
