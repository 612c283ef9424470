/** What the door allows before it says no. Bytes, milliseconds and counts; every one has a stated overflow behaviour where it is used. */
export interface DoorLimits {
  /** Longest request body. Longer: `too-large`, the rest is not read. */
  readonly bodyBytes: number;
  /** Longest request target. Longer: `invalid-input`. */
  readonly targetBytes: number;
  /** All request headers together. Longer: 431 and the connection ends. */
  readonly headerBytes: number;
  /** How long a connection may take to send its headers. Longer: 408 and the connection ends. */
  readonly headersMs: number;
  /** How long a whole request may take to arrive. Longer: 408 and the connection ends. */
  readonly requestMs: number;
  /** How long an idle connection is kept for its next request. */
  readonly keepAliveMs: number;
  /** Connections that have not shown a credential. One more ends the oldest of them, so that people with a credential always get in. */
  readonly strangers: number;
  /** All connections. One more is not accepted. */
  readonly connections: number;
  /** How deep JSON may nest. */
  readonly jsonDepth: number;
  /** Wrong credentials per minute and client address before `rate-limited`. */
  readonly failuresPerMinute: number;
  /** Requests of one credential at the same time. One more: `rate-limited`. */
  readonly requestsPerCredential: number;
  /** Open streams of one credential. One more: `limit-reached`. */
  readonly streamsPerCredential: number;
  /** What may wait for one slow reader of a stream before its source waits for it. */
  readonly streamBufferBytes: number;
  /** A reader that takes nothing for so long while something waits for it is cut off; it resumes with the last id it saw. */
  readonly stallMs: number;
  /** A stream that had nothing to say for so long sends a comment. */
  readonly heartbeatMs: number;
  /** A stream looks at the journal at least this often, also when no wake-up came. */
  readonly pollMs: number;
  /** How long a second request with the same Idempotency-Key waits for the first. */
  readonly idempotencyWaitMs: number;
  /** The longest a request may wait for the end of a turn (`waitMs`). */
  readonly waitMs: number;
  /** How long a chat completion waits for its turn. */
  readonly completionMs: number;
  /** How long closing waits for running requests. */
  readonly drainMs: number;
}

export const defaultDoorLimits: DoorLimits = {
  bodyBytes: 8 * 1024 * 1024,
  targetBytes: 8 * 1024,
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 30_000,
  strangers: 256,
  connections: 4_096,
  jsonDepth: 64,
  failuresPerMinute: 30,
  requestsPerCredential: 512,
  streamsPerCredential: 256,
  streamBufferBytes: 1024 * 1024,
  stallMs: 20_000,
  heartbeatMs: 15_000,
  pollMs: 5_000,
  idempotencyWaitMs: 10_000,
  waitMs: 60_000,
  completionMs: 3_600_000,
  drainMs: 5_000,
};
