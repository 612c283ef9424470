/**
 * What sessions ask of a store. One verb is one transaction that commits the change together with its events; a verb that takes a `fence` is refused with
 * `stale-claim`, changing nothing, unless the lease it names is live with exactly that epoch — checked in the same statement as the write.
 *
 * All events go to the stream `session:<key>`.
 */
import type { CostGroup, JsonObject, Provenance, Settled } from '@guildhall/protocol';
import type { Decision } from '@guildhall/authority';
import type { Fence } from '@guildhall/kernel';
import type { ModelToolCall, ModelUsage } from './model.ts';
import type { NewOutbound, Outbound, Session } from './session.ts';
import type { Entry, NoteCode, ToolResultBody } from './transcript.ts';
import type { BusyMode, HeldTurn, InboundMessage, Turn } from './turn.ts';

export interface AcceptRequest {
  readonly message: InboundMessage;
  readonly from: string;
  readonly sessionKey: string;
  readonly agent: string;
  readonly turnId: string;
  readonly provenance: Provenance;
  readonly busy: BusyMode;
  /** How many turns may wait in the session before the next message is refused with `limit-reached`. */
  readonly maxQueued: number;
  /** Which rule routed it, for the event. */
  readonly route: JsonObject;
  /** Whose conversation the session is, where this message opens it and comes from elsewhere: that of the message when left out. */
  readonly opens?: Pick<Session, 'platform' | 'account' | 'chat' | 'chatType' | 'title'>;
}

export interface Accepted {
  readonly sessionKey: string;
  readonly agent: string;
  readonly turnId: string;
  /** The same platform message was accepted before; this is the answer given then and nothing changed. */
  readonly duplicate: boolean;
  /** The running turn that `interrupt` asked to cancel. */
  readonly interrupted?: string;
}

export interface InboxStore {
  /**
   * Accepts a message once, by `(platform, account, chat, messageId)`: opens the session if need be (`session.opened`), queues its turn, records `message.accepted`. With `interrupt`
   * a running turn of the session gets its cancel requested in the same transaction.
   */
  acceptMessage(request: AcceptRequest): Promise<Settled<Accepted>>;
  /** Sessions with a queued or running turn and no live lease, longest waiting first. */
  runnableSessions(limit: number): Promise<readonly string[]>;
  /** Asks a turn to stop: a queued one is cancelled at once (`turn.cancelled`), a running one is marked; an ended one is `wrong-state`, unknown `not-found`. */
  requestCancel(turnId: string, by: string): Promise<Settled<Turn>>;
  /** Does it for every queued and running turn of a session; returns their ids. */
  requestSessionCancel(sessionKey: string, by: string): Promise<Settled<readonly string[]>>;
}

export interface TurnStore {
  /**
   * Takes the lease `session:<key>` for `holder` and the session's running turn, else its oldest queued one, in one transaction. A queued turn becomes running with its `message` entry and
   * `turn.started`, and the role run it works on runs; a running one counts an attempt and records `turn.resumed`. `lease-held` when somebody drives the session, `not-found` when nothing waits (no lease is kept).
   */
  beginTurn(sessionKey: string, holder: string, ttlMs: number): Promise<Settled<HeldTurn>>;
  /** Extends the lease and tells whether a cancel was requested. */
  renewTurn(fence: Fence, turnId: string, ttlMs: number): Promise<Settled<{ readonly cancelRequested: boolean }>>;
  /**
   * Within the work of a handoff a call of the model begins with this, and so does a call of a tool that is made again: `turn.step-begun`. `not-allowed` once a cancel of the turn was requested or its handoff was called off, so that whoever cancelled
   * knows that nothing begins behind the cancel.
   */
  beginStep(fence: Fence, turnId: string): Promise<Settled<null>>;
  /** A model step that goes on to call tools: entry `model-step`, usage added to turn and session, `turn.step-recorded`. */
  recordStep(
    fence: Fence,
    turnId: string,
    step: { readonly text: string; readonly toolCalls: readonly ModelToolCall[]; readonly usage: ModelUsage },
  ): Promise<Settled<Entry>>;
  /**
   * A call the gate allowed is about to run: decision row, entry `tool-started`, `tool.called`. Starting the same `callId` of a turn twice is a `wrong-state`; `not-allowed` as of `beginStep`, in any
   * turn.
   */
  startToolCall(
    fence: Fence,
    turnId: string,
    call: {
      readonly callId: string;
      readonly tool: string;
      readonly args: JsonObject;
      readonly idempotent: boolean;
      readonly decision: Decision;
      readonly approvalId?: string;
    },
  ): Promise<Settled<Entry>>;
  /**
   * The end of a call, started or not: entry `tool-result`, and `tool.finished`, `tool.refused` (outcome `refused`; also stores the decision) or `tool.unknown`. A second result for
   * the same `callId` of a turn is a `wrong-state`. `outbound` is a message the call sends: its intent commits with the result.
   */
  finishToolCall(fence: Fence, turnId: string, result: ToolResultBody, outbound?: NewOutbound | null): Promise<Settled<Entry>>;
  recordNote(fence: Fence, turnId: string, note: { readonly code: NoteCode; readonly text: string }): Promise<Settled<Entry>>;
  /** Turns of the session still queued that were accepted with `steer`: marks them absorbed into `turnId` and appends their `message` entries, oldest first. */
  absorbSteers(fence: Fence, turnId: string): Promise<Settled<readonly Entry[]>>;
  /** Replaces what the model sees of everything through `throughSeq` by a summary; the record stays. Entry `compaction`, `session.compacted`. */
  compactSession(fence: Fence, turnId: string, summary: string, throughSeq: number, usage: ModelUsage | null): Promise<Settled<Entry>>;
  /** The answer, its outbound intent, `turn.completed`, and the lease given back, at once. */
  finishTurn(
    fence: Fence,
    turnId: string,
    answer: { readonly text: string; readonly usage: ModelUsage | null },
    outbound: NewOutbound | null,
  ): Promise<Settled<Turn>>;
  /** The turn ends without an answer: `note` entry, `turn.failed`, optional words to the person, lease given back. */
  failTurn(fence: Fence, turnId: string, reason: { readonly code: string; readonly message: string }, outbound: NewOutbound | null): Promise<Settled<Turn>>;
  /** As `failTurn`, with `turn.cancelled`. */
  cancelTurn(fence: Fence, turnId: string, reason: string): Promise<Settled<Turn>>;
  /** Gives the session back with its turn still running, for a daemon that drains. */
  yieldTurn(fence: Fence): Promise<Settled<null>>;
}

export interface TranscriptStore {
  readSession(key: string): Promise<Session | undefined>;
  /** Most recently active first; `after` is the opaque cursor of the page before. */
  listSessions(query: {
    readonly agent?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<Settled<{ readonly sessions: readonly Session[]; readonly next: string | null }>>;
  /** Entries after `afterSeq`, ascending; or, with `last`, the last `limit` ones, ascending. */
  readEntries(sessionKey: string, query: { readonly afterSeq?: number; readonly last?: boolean; readonly limit: number }): Promise<readonly Entry[]>;
  /** The newest compaction and every entry, of whatever kind, after the one it sums up through; the whole transcript where there is none. */
  readContext(sessionKey: string): Promise<readonly Entry[]>;
  /** Entries of one turn, ascending. */
  readTurnEntries(turnId: string): Promise<readonly Entry[]>;
  readTurn(turnId: string): Promise<Turn | undefined>;
  listTurns(query: { readonly sessionKey?: string; readonly active?: boolean; readonly limit: number }): Promise<readonly Turn[]>;
  /**
   * Full-text search, best first: in the one session named, else over all sessions of an agent but those in which it filled a role. `query` is words, never search syntax.
   */
  searchEntries(agent: string, query: string, limit: number, within?: { readonly sessionKey?: string }): Promise<readonly SearchHit[]>;
  /** Turns of `parentTurnId`'s chain accepted on platform `delegate` that have not ended. */
  countOpenChildren(parentTurnId: string): Promise<number>;
  /** What turns cost, summed; largest first, days (UTC, when they were accepted: `2026-11-21`) latest first. */
  sumCosts(by: CostGroup): Promise<readonly CostSum[]>;
  /** How many sessions each agent has. */
  countSessions(): Promise<ReadonlyMap<string, number>>;
  readCounts(): Promise<{
    readonly sessions: number;
    readonly queued: number;
    readonly running: number;
    readonly outboundPending: number;
    readonly outboundUnknown: number;
  }>;
}

export interface CostSum {
  readonly key: string;
  readonly turns: number;
  readonly costMicroUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly unpricedSteps: number;
}

export interface SearchHit {
  readonly sessionKey: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  /** About 200 characters around the match. */
  readonly excerpt: string;
}

export interface OutboundStore {
  /** Pending intents of the given platforms whose session has no earlier one unfinished, oldest first: order within a chat is kept. */
  dueOutbound(platforms: readonly string[], limit: number): Promise<readonly Outbound[]>;
  /** pending → sending, counting the attempt; `wrong-state` when another sender was first. */
  beginSend(id: string): Promise<Settled<Outbound>>;
  /** The end of a sending: `message.delivered`, `message.delivery-unknown` or `message.delivery-failed`; `retry` puts it back to pending, at the earliest in `retryInMs`. */
  settleSend(
    id: string,
    result:
      | { readonly as: 'sent'; readonly platformMessageId?: string }
      | { readonly as: 'unknown' | 'failed'; readonly error: string }
      | { readonly as: 'retry'; readonly error: string; readonly retryInMs: number },
  ): Promise<Settled<Outbound>>;
  /** Intents a stopped daemon left in `sending`: those of `resendable` platforms go back to pending, the others become unknown. Returns both. */
  recoverOutbound(resendable: readonly string[]): Promise<readonly Outbound[]>;
  listOutbound(query: { readonly sessionKey?: string; readonly limit: number }): Promise<readonly Outbound[]>;
}

export type SessionStore = InboxStore & TurnStore & TranscriptStore & OutboundStore;
