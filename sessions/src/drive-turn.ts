/**
 * Drives one held turn to its end: model step, tool calls, model step, … answer. Everything that happened is in the transcript before the next thing begins, so a drive that is
 * cut anywhere is taken up from the entries alone.
 */
import { deadline, failpoint } from '@guildhall/kernel';
import { type Refusal, type Settled, done } from '@guildhall/protocol';
import { compactIfLong } from './compact.ts';
import { askModel, type StepAnswer } from './model-step.ts';
import { settleCall, offeredTools } from './tool-call.ts';
import { TurnCut } from './turn-cut.ts';
import { type Drive, DriveEnded, type TurnDeps, held, noteRecorded, turnEntries } from './turn-deps.ts';
import { countSteps, isRunaway, pendingCalls } from './turn-progress.ts';
import type { HeldTurn, Turn } from './turn.ts';

/** `lost`: another holder has the session; `yielded`: the daemon drains and the turn goes on later. */
export type DriveOutcome = 'completed' | 'failed' | 'cancelled' | 'lost' | 'yielded';

/** Tool calls of one model step that are looked at; the rest are refused. */
const maxCallsPerStep = 32;

/** `signal` aborts on loss of the lease, on cancel and on drain; its reason, a `TurnCut`, says which. */
export async function driveTurn(deps: TurnDeps, heldTurn: HeldTurn, signal: AbortSignal): Promise<DriveOutcome> {
  const { turn, fence } = heldTurn;
  try {
    return await driveHeld(deps, heldTurn, signal);
  } catch (error) {
    if (!(error instanceof DriveEnded)) throw error;
    const reason = error.why === 'lost' ? 'lost' : signal.reason instanceof TurnCut ? signal.reason.why : 'cancel';
    if (reason === 'lost') return 'lost';
    if (reason === 'drain') {
      await deps.store.yieldTurn(fence);
      return 'yielded';
    }
    await deps.store.cancelTurn(fence, turn.id, 'stopped on request');
    deps.live.publish(turn.sessionKey, { type: 'recorded' });
    return 'cancelled';
  }
}

async function driveHeld(deps: TurnDeps, { turn, fence, resumed }: HeldTurn, signal: AbortSignal): Promise<DriveOutcome> {
  const described = await deps.agents.describeAgent(turn.agent, turn);
  deps.live.publish(turn.sessionKey, { type: 'recorded' });
  await failpoint('turn.after-begin');
  if (turn.cancelRequested) throw new DriveEnded('stopped');
  if (!described.ok) return failTurn(deps, turn, fence, described.refusal);
  const profile = described.value;
  if (turn.attempts > deps.maxAttempts)
    return failTurn(deps, turn, fence, { code: 'failed', message: `given up after ${turn.attempts - 1} attempts that each ended with the daemon` });
  const facts = { agent: turn.agent, sessionKey: turn.sessionKey, turnId: turn.id, signal };
  const hook = resumed ? { allow: true as const } : await deps.hooks.beforeTurn(facts);
  if (!hook.allow) return failTurn(deps, turn, fence, { code: 'not-allowed', message: `a hook refused the turn: ${hook.reason}` });
  const limit = deadline(profile.turnTimeoutMs, signal);
  try {
    const drive: Drive = { deps, turn, fence, profile, signal: limit.signal, entries: await deps.store.readContext(turn.sessionKey) };
    const outcome = await stepUntilAnswered(drive);
    await deps.hooks.afterTurn({ ...facts, outcome });
    return outcome;
  } catch (error) {
    const ranOut = limit.expired() && !signal.aborted && error instanceof DriveEnded && error.why === 'stopped';
    if (!ranOut) throw error;
    return await failTurn(deps, turn, fence, {
      code: 'timed-out',
      message: `the turn took longer than ${Math.round(profile.turnTimeoutMs / 1000)} s (limits.turn_seconds)`,
    });
  } finally {
    limit.clear();
  }
}

async function stepUntilAnswered(described: Drive): Promise<DriveOutcome> {
  const { deps, turn, fence } = described;
  const command = await deps.answerCommand(turn);
  if (command !== undefined) return answer(described, { text: command, toolCalls: [], usage: null, cutAtLength: false });
  const drive = await prepared(described);
  if (!drive.ok) return failTurn(deps, turn, fence, drive.refusal);
  return stepPrepared(drive.value);
}

/** The drive with everything in its prompt that must be there before a model is asked. */
async function prepared(drive: Drive): Promise<Settled<Drive>> {
  const { deps, turn, fence, profile } = drive;
  const ready = await deps.preparation.prepareTurn(turn, fence, profile);
  if (!ready.ok) return ready.refusal.code === 'stale-claim' ? held(ready) : ready;
  await failpoint('turn.after-prepare');
  const { system } = ready.value;
  return done(system === '' ? drive : { ...drive, profile: { ...profile, system: `${profile.system}\n\n${system}` } });
}

async function stepPrepared(drive: Drive): Promise<DriveOutcome> {
  const { deps, turn, fence } = drive;
  for (;;) {
    const question = await settlePending(drive);
    if (question !== undefined) return answer(drive, { text: question, toolCalls: [], usage: null, cutAtLength: false });
    const stop = whyStop(drive);
    if (stop !== undefined) return failTurn(deps, turn, fence, { code: 'limit-reached', message: stop });
    noteRecorded(drive, ...held(await deps.store.absorbSteers(fence, turn.id)));
    const compacted = await compactIfLong(drive);
    if (!compacted.ok) return failTurn(deps, turn, fence, compacted.refusal);
    if (drive.signal.aborted) throw new DriveEnded('stopped');
    const tools = offeredTools(await deps.tools.toolsFor(turn.agent), drive);
    const step = await askModel(drive, tools);
    if (!step.ok) return failTurn(deps, turn, fence, step.refusal);
    if (step.value.toolCalls.length === 0) return answer(drive, step.value);
    const { text, toolCalls, usage } = step.value;
    noteRecorded(drive, held(await deps.store.recordStep(fence, turn.id, { text, toolCalls: toolCalls.slice(0, maxCallsPerStep), usage })));
  }
}

/** The limit that this turn has run into, in a sentence. */
function whyStop(drive: Drive): string | undefined {
  const entries = turnEntries(drive);
  const { maxSteps, maxToolCalls } = drive.profile;
  if (isRunaway(entries)) return 'the agent repeated the same failing call; it was stopped so that it does not go on for ever';
  if (countSteps(entries) >= maxSteps) return `the turn took ${maxSteps} steps without an answer (max_turns)`;
  if (entries.filter((entry) => entry.body.kind === 'tool-result').length >= maxToolCalls)
    return `the turn made ${maxToolCalls} tool calls without an answer (limits.tool_calls_per_turn)`;
  return undefined;
}

/** Gives every call of the newest step its result. Returns the question, when a tool asked the person one. */
async function settlePending(drive: Drive): Promise<string | undefined> {
  let question: string | undefined;
  const pending = pendingCalls(turnEntries(drive));
  if (pending.length === 0) return undefined;
  const tools = await drive.deps.tools.toolsFor(drive.turn.agent);
  for (const call of pending) {
    if (drive.signal.aborted) throw new DriveEnded('stopped');
    const end = await settleCall(drive, call, tools);
    question ??= end.question;
  }
  return question;
}

async function answer(drive: Drive, step: Omit<StepAnswer, 'usage'> & { readonly usage: StepAnswer['usage'] | null }): Promise<DriveOutcome> {
  const { deps, turn, fence } = drive;
  const text = step.cutAtLength ? `${step.text}\n\n[The answer was cut at the model's limit.]` : step.text;
  await failpoint('turn.before-finish');
  held(await deps.store.finishTurn(fence, turn.id, { text, usage: step.usage }, text === '' ? null : await deps.replyTo(turn, text)));
  deps.live.publish(turn.sessionKey, { type: 'recorded' });
  await failpoint('turn.after-finish');
  return 'completed';
}

async function failTurn(deps: TurnDeps, turn: Turn, fence: HeldTurn['fence'], reason: Pick<Refusal, 'code' | 'message'>): Promise<DriveOutcome> {
  held(await deps.store.failTurn(fence, turn.id, reason, await deps.replyTo(turn, `I could not answer: ${reason.message}.`)));
  deps.live.publish(turn.sessionKey, { type: 'recorded' });
  return 'failed';
}
