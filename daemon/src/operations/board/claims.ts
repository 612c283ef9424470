/** Claiming, and what the holder of a claim does. Each write names its claim; whether that still lives is judged where it is written. */
import { claimToken, hashClaimToken, type Claimed, type ClaimProof, type NewAttachment, type NewBlock, type NewComment, type Task } from '@guildhall/board';
import { sha256 } from '@guildhall/kernel';
import { done, refuse, type AttachmentRequest, type BlockRequest, type ClaimAnswer, type ClaimRequest, type Refusal, type Settled } from '@guildhall/protocol';
import type { BoardCaller, BoardOperations } from '../../board-operations.ts';
import type { BoardDeps } from './board-deps.ts';
import { expiry, viewOne, viewRun, viewTask } from './views.ts';
import { mayAsk, mayAskOf, proofFor, whoIs, type Who } from './who-may.ts';

type ClaimOperations = Pick<BoardOperations, 'claim' | 'heartbeat' | 'complete' | 'block' | 'release' | 'comment' | 'attach' | 'annotate'>;
type HolderVerb = Parameters<typeof proofFor>[1];

export function claimOperations(deps: BoardDeps): ClaimOperations {
  const { store, credentials, ids } = deps;
  /** The caller, and the claim it writes under. */
  const under = async (by: BoardCaller, verb: HolderVerb, task: string) => {
    const who = whoIs(by, credentials);
    const proof = await proofFor(who, verb, task, store);
    return proof.ok ? done({ who, proof: proof.value }) : proof;
  };
  /** The same where nothing goes without a claim. */
  const holding = async (
    by: BoardCaller,
    verb: 'heartbeat' | 'complete' | 'release',
    task: string,
  ): Promise<Settled<{ readonly who: Who; readonly proof: ClaimProof }>> => {
    const asked = await under(by, verb, task);
    if (!asked.ok) return asked;
    const { who, proof } = asked.value;
    return proof === undefined ? refuse('not-allowed', `${verb} of ${task} needs the token of its claim`) : done({ who, proof });
  };
  const present = async (task: Settled<Task>, who: Who) => (task.ok ? done(await viewOne(deps, task.value, who)) : task);

  return {
    claim: (lane, request, by, waitMs, signal) => claim(deps, lane, request, whoIs(by, credentials), waitMs, signal),

    async heartbeat(task, { note, progress }, by) {
      const held = await holding(by, 'heartbeat', task);
      if (!held.ok) return held;
      const beat = { ...(note === undefined ? {} : { note }), ...(progress === undefined ? {} : { progress }) };
      const renewed = await store.renewClaim(held.value.proof, beat);
      return renewed.ok ? done(expiry(deps, renewed.value)) : renewed;
    },

    async complete(task, request, by) {
      const held = await holding(by, 'complete', task);
      if (!held.ok) return held;
      const { who, proof } = held.value;
      const { summary, metadata = {}, artifacts = [], evidence = [], review = false, runId } = request;
      const run = runId === undefined ? undefined : await store.findClaim(proof.tokenHash);
      if (run !== undefined && run.id !== runId) return refuse('stale-claim', `the claim belongs to the run ${run.id}, not to ${runId ?? ''}`, { run: run.id });
      return present(await store.completeClaim(proof, { summary, metadata, artifacts, evidence, review }), who);
    },

    async block(task, request, by) {
      const asked = await under(by, 'block', task);
      if (!asked.ok) return asked;
      const { who, proof } = asked.value;
      const block = newBlock(request);
      return present(proof === undefined ? await store.blockTask(task, block, who.actor) : await store.blockClaim(proof, block), who);
    },

    async release(task, reason, by) {
      const held = await holding(by, 'release', task);
      return held.ok ? present(await store.releaseClaim(held.value.proof, reason), held.value.who) : held;
    },

    async comment(task, text, by) {
      const asked = await under(by, 'comment', task);
      if (!asked.ok) return asked;
      const { who, proof } = asked.value;
      const comment: NewComment = { id: ids.next('comment'), text, author: who.actor };
      return proof === undefined ? store.commentTask(task, comment) : store.commentClaim(proof, comment);
    },

    async attach(task, file, by) {
      const asked = await mayAttach(deps, task, by);
      if (!asked.ok) return asked;
      const { who, proof } = asked.value;
      const attachment = newAttachment(file, ids.next('file'), who.actor);
      return proof === undefined ? store.attachToTask(task, attachment) : store.attachClaim(proof, attachment);
    },

    async annotate(task, metadata, by) {
      const asked = await under(by, 'annotate', task);
      if (!asked.ok) return asked;
      const { who, proof } = asked.value;
      return present(proof === undefined ? await store.annotateTask(task, metadata, who.actor) : await store.annotateClaim(proof, metadata), who);
    },
  };
}

async function claim(
  deps: BoardDeps,
  lane: string,
  request: ClaimRequest,
  who: Who,
  waitMs: number,
  signal: AbortSignal,
): Promise<Settled<ClaimAnswer | null>> {
  const { store, ids, installationKey } = deps;
  const allowed = mayAsk(who, 'claim', lane);
  if (!allowed.ok) return allowed;
  if (deps.isDraining()) return refuse('draining', 'the daemon is stopping and gives out no more tasks; ask again in a moment', { retryAfterSeconds: 2 });
  const { requestId = ids.next('req'), task, board, version } = request;
  if (who.kind === 'lane' && waitMs > 0 && (await store.findLanes([lane])).get(lane)?.claimMode === 'watch')
    return refuse(
      'wrong-state',
      `the lane ${lane} finds its work by watching (claim mode "watch"); claim with waitMs=0, or register it with --claim-mode pull-or-watch`,
    );
  const attempt = () =>
    store.claimTask({
      lane,
      requestId,
      runId: ids.next('run'),
      ...(task === undefined ? {} : { task }),
      ...(board === undefined ? {} : { board }),
      ...(version === undefined ? {} : { version }),
      tokenHashFor: (won, epoch) => hashClaimToken(claimToken(installationKey, { task: won, epoch, requestId })),
    });
  const isPassing = (refusal: Refusal) => mayPass(deps, lane, refusal);
  const claimed = await deps.waiting.claim(
    { lane, requestId, attempt, isPassing, ...(board === undefined ? {} : { board }) },
    task === undefined ? waitMs : 0,
    signal,
  );
  if (!claimed.ok) return claimed;
  return claimed.value === null ? done(null) : answerClaim(deps, claimed.value, who);
}

/** A lane whose capacity is used up, that is drained or parked, may take tasks again while its request waits. */
async function mayPass(deps: BoardDeps, lane: string, refusal: Refusal): Promise<boolean> {
  if (refusal.code === 'limit-reached') return true;
  if (refusal.code !== 'wrong-state') return false;
  const state = (await deps.store.readLane(lane))?.lane.state;
  return state === 'active' || state === 'drained';
}

async function answerClaim(deps: BoardDeps, claimed: Claimed, who: Who): Promise<Settled<ClaimAnswer>> {
  const { task, run } = claimed;
  const token = claimToken(deps.installationKey, run);
  if (hashClaimToken(token) !== run.tokenHash)
    return refuse(
      'already-issued',
      `the token of this claim was made with another installation key. Daemons that share a database need the same installation.key; release it with "guildhall kanban reclaim ${task.id}"`,
    );
  // Who has just been given a task is there to take it; a repeated answer may come later.
  const shown = claimed.repeated ? await viewOne(deps, task, who) : viewTask(task, 'available', who);
  return done({ task: shown, run: viewRun(run), claim: { token, epoch: run.epoch, ...expiry(deps, claimed) } });
}

/** An agent attaches to what it made; for the others the claim decides. */
async function mayAttach(deps: BoardDeps, task: string, by: BoardCaller) {
  const who = whoIs(by, deps.credentials);
  if (who.kind === 'agent') {
    const found = await deps.store.readTask(task);
    if (found === undefined) return refuse('not-found', `there is no task ${task.slice(0, 80)}`);
    const allowed = mayAskOf(who, 'attach', found);
    return allowed.ok ? done({ who, proof: undefined }) : allowed;
  }
  const proof = await proofFor(who, 'attach', task, deps.store);
  return proof.ok ? done({ who, proof: proof.value }) : proof;
}

function newBlock({ reason, kind, dependsOn = [], retryAfterMs }: BlockRequest): NewBlock {
  return { kind, reason, dependsOn, retryAfterMs: retryAfterMs ?? null };
}

function newAttachment({ name, mediaType = 'application/octet-stream', content }: AttachmentRequest, id: string, author: string): NewAttachment {
  const bytes = Buffer.from(content, 'base64');
  return { id, name, mediaType, content, bytes: bytes.byteLength, sha256: sha256(bytes), author };
}
