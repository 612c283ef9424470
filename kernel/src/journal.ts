/**
 * The journal: every change of state commits together with the events that tell of it, and everything that reacts is a cursor over them.
 *
 * The store appends inside its own transactions; concepts say what happened by returning `NewEvent`s from pure functions. Readers page forward from a cursor
 * and wait on `JournalWakeups`, which are hints: a reader that misses one finds the events at its next poll.
 */
import { createHash } from 'node:crypto';
import type { EventType, JournalEvent, JsonObject, Provenance, Settled, StreamHead } from '@guildhall/protocol';
import { canonicalJson, digestOf } from './canonical.ts';

export interface NewEvent {
  readonly stream: string;
  readonly type: EventType;
  readonly actor: string;
  readonly provenance: Provenance | null;
  readonly data: JsonObject;
}

export interface JournalPage {
  readonly events: readonly JournalEvent[];
  /** Where to go on from; equals the cursor asked with when there was nothing. */
  readonly cursor: string;
}

export interface JournalStore {
  /** Records facts that change no other state. */
  appendEvents(events: readonly NewEvent[]): Promise<readonly JournalEvent[]>;
  /**
   * Up to `limit` events after `after`: a cursor, `stream@seq`, or `''` for the beginning; `stream` narrows to one stream.
   * `invalid-input` for text that is no cursor, `cursor-expired` when retention has removed what would come next.
   */
  readEvents(query: { readonly after: string; readonly stream?: string; readonly limit: number }): Promise<Settled<JournalPage>>;
  /** The cursor behind the newest event. */
  headCursor(): Promise<string>;
  /** The position a named consumer has handled, `''` at first. */
  readConsumer(consumer: string): Promise<string>;
  /** Moves a consumer forward; moving back is a fault. */
  commitConsumer(consumer: string, cursor: string): Promise<void>;
  /**
   * Checks the hash chain of every stream, and the seals within the journal. `firstBad` names the first event whose hash does not follow, and the first of the `expected` heads that is not there any
   * more: shortened when its stream ends before it, rewritten when its event has another hash.
   */
  verifyJournal(expected?: readonly StreamHead[]): Promise<JournalVerdict>;
  /** Heads by the names of their streams, after the name `after`, as they were when the journal had `events` events; as they are when left out. */
  readHeads(query: { readonly after: string; readonly events?: number; readonly limit: number }): Promise<HeadsPage>;
  /** Records the digest over all heads as `audit.sealed`, unless the seal before it, or the first event, is younger than `notAfter` (wall clock), or nothing was recorded since. */
  sealJournal(notAfter: number): Promise<boolean>;
}

export interface HeadsPage {
  readonly events: number;
  readonly streams: readonly StreamHead[];
}

export interface JournalVerdict {
  readonly valid: boolean;
  /** Digest over all stream heads. */
  readonly head: string;
  readonly events: number;
  /** Events whose body was taken away; their digests still hold. Absent when none was. */
  readonly erased?: number;
  readonly firstBad?: { readonly stream: string; readonly seq: number; readonly reason: string };
}

/** In-process hint that the journal grew. */
export interface JournalWakeups {
  /** Calls `wake` soon after events commit, coalesced; returns the way to stop. `wake` must not throw. */
  onAppend(wake: () => void): () => void;
}

/** The hash before the first event of a stream. */
export const genesisHash = '0'.repeat(64);

/** The fields of an event that its hash covers: all but the cursor; the body by its digest, so that a body can be erased. */
export interface HashedFields {
  readonly stream: string;
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly actor: string;
  readonly provenance: Provenance | null;
  readonly bodyDigest: string;
}

/** SHA-256 over the previous hash and the canonical fields. */
export function eventHash(prevHash: string, fields: HashedFields): string {
  return createHash('sha256').update(prevHash).update('\n').update(canonicalJson(fields)).digest('hex');
}

export function bodyDigest(data: JsonObject): string {
  return digestOf(data);
}
