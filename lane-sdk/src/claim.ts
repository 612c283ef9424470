/**
 * A task a lane holds. It is kept alive in the background until it is finished; when it is lost — the lease lapsed or it was taken back — `signal` aborts, and everything asked of it
 * afterwards is refused by the daemon. Work that has effects should stop on that signal.
 */
import type {
  AttachmentView,
  BlockRequest,
  ClaimAnswer,
  CommentView,
  CompleteRequest,
  HeartbeatAnswer,
  JsonObject,
  RunView,
  TaskView,
} from '@guildhall/protocol';
import { LaneRefusal, pause, type Wire } from './wire.ts';

/** How a piece of work ends. */
export type Finish =
  | ({ readonly as: 'complete' } & Omit<CompleteRequest, 'runId'>)
  | ({ readonly as: 'block' } & BlockRequest)
  | { readonly as: 'release'; readonly reason?: string };

export interface Claim {
  readonly task: TaskView;
  readonly run: RunView;
  /** Proves the claim to programs that work for this lane. A secret. */
  readonly token: string;
  /** Aborts when the claim is lost, finished, or the lane stops. */
  readonly signal: AbortSignal;
  /** The background does this; call it to tell how far the work is. */
  heartbeat(progress?: { readonly note?: string; readonly progress?: number }): Promise<void>;
  complete(completion: Omit<CompleteRequest, 'runId'>): Promise<TaskView>;
  block(block: BlockRequest): Promise<TaskView>;
  release(reason?: string): Promise<TaskView>;
  comment(text: string): Promise<CommentView>;
  attach(name: string, content: Uint8Array, mediaType?: string): Promise<AttachmentView>;
  /** Merges; null removes a key. */
  annotate(metadata: JsonObject): Promise<TaskView>;
}

/** A claim, and how its owner ends it. */
export interface HeldClaim {
  readonly claim: Claim;
  readonly isFinished: () => boolean;
  /** Stops the heartbeat without a word to the daemon. */
  letGo(): void;
}

/** A third of the lease leaves time for two more tries. */
const beatsPerLease = 3;

export function holdClaim(wire: Wire, answer: ClaimAnswer, stop: AbortSignal | undefined): HeldClaim {
  const { task, run } = answer;
  const { token } = answer.claim;
  const lost = new AbortController();
  const signal = stop === undefined ? lost.signal : AbortSignal.any([lost.signal, stop]);
  const path = `/v1/tasks/${encodeURIComponent(task.id)}`;
  // Only says when to give up asking a daemon that is away; whether the claim lives is the daemon's to say.
  let livesUntil = performance.now() + answer.claim.expiresInMs;
  let leaseMs = answer.claim.expiresInMs;
  let finished = false;
  let count = 0;

  const write = async <T>(verb: string, body: object, once: string): Promise<T> => {
    try {
      return (await wire.ask<T>('POST', `${path}/${verb}`, { body, claimToken: token, once: `${run.id}.${once}`, patienceMs: leaseMs })) as T;
    } catch (error) {
      if (error instanceof LaneRefusal && error.code === 'stale-claim') lost.abort(error);
      throw error;
    }
  };
  const finish = async (verb: string, body: object): Promise<TaskView> => {
    const ended = await write<TaskView>(verb, body, verb);
    finished = true;
    lost.abort(new Error('the claim is finished'));
    return ended;
  };
  const beat = async (progress: object): Promise<void> => {
    const askedAt = performance.now();
    try {
      const renewed = await wire.ask<HeartbeatAnswer>('POST', `${path}/heartbeat`, {
        body: progress,
        claimToken: token,
        signal: lost.signal,
        patienceMs: Math.max(0, livesUntil - askedAt),
      });
      if (renewed === undefined) return;
      leaseMs = renewed.expiresInMs;
      livesUntil = askedAt + leaseMs;
    } catch (error) {
      if (error instanceof LaneRefusal && error.code === 'stale-claim') lost.abort(error);
      throw error;
    }
  };
  const keepAlive = async (): Promise<void> => {
    while (!signal.aborted) {
      await pause(leaseMs / beatsPerLease, signal);
      try {
        await beat({});
      } catch (error) {
        if (performance.now() >= livesUntil) lost.abort(error);
      }
    }
  };
  // Ends by the abort of the signal it waits with; there is nobody to tell.
  keepAlive().catch(() => undefined);

  const claim: Claim = {
    task,
    run,
    token,
    signal,
    heartbeat: (progress = {}) => beat(progress),
    complete: (completion) => finish('complete', { ...completion, runId: run.id }),
    block: (block) => finish('block', block),
    release: (reason) => finish('release', reason === undefined ? {} : { reason }),
    comment: (text) => write('comments', { text }, `comment.${(count += 1)}`),
    attach: (name, content, mediaType) =>
      write(
        'attachments',
        { name, content: Buffer.from(content).toString('base64'), ...(mediaType === undefined ? {} : { mediaType }) },
        `attachment.${(count += 1)}`,
      ),
    annotate: (metadata) => write('metadata', { metadata }, `metadata.${(count += 1)}`),
  };
  return { claim, isFinished: () => finished, letGo: () => lost.abort(new Error('the lane let go of the claim')) };
}
