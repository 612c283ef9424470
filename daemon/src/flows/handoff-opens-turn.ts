/**
 * A handoff whose notice stands in its target's chat begins there, as one turn, when the target has a place. Everything is asked once more before it does. One whose notice cannot be delivered is paused
 * before anything of it ran, and goes on by itself when it was delivered after all.
 */
import type { Handoff, HandoffStore } from '@guildhall/handoffs';
import { type Clock, type Ids, failpoint } from '@guildhall/kernel';
import type { SessionRunner } from '@guildhall/sessions';
import { askAgain, type QuestionDeps } from '../handoffs/question.ts';
import { narrowed } from '../handoffs/work-provenance.ts';
import { workText } from '../handoffs/work-text.ts';
import type { JournalTail } from '../journal-tail.ts';
import { freshApproval } from '../operations/handoffs/fresh.ts';
import { repeatOn, type Repeating } from './repeat.ts';

export interface OpeningDeps extends QuestionDeps {
  readonly store: HandoffStore;
  readonly runner: () => SessionRunner;
  readonly isDraining: () => boolean;
  readonly ids: Ids;
  readonly tail: Pick<JournalTail, 'on'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

type Announced = Awaited<ReturnType<HandoffStore['queuedHandoffs']>>[number];

const everyMs = 1000;
const atOnce = 200;
const deliverWithinMs = 60_000;
const hints = [
  'handoff.queued',
  'handoff.resumed',
  'handoff.finished',
  'handoff.uncertain',
  'handoff.cancelled',
  'turn.completed',
  'turn.failed',
  'turn.cancelled',
  'message.delivered',
  'message.delivery-unknown',
  'message.delivery-failed',
] as const;

export function handoffOpensTurn(deps: OpeningDeps): Repeating {
  return repeatOn(deps, { events: hints, everyMs }, async () => {
    if (deps.isDraining()) return;
    const full = new Set<string>();
    for (const announced of await deps.store.queuedHandoffs(atOnce)) {
      const { target } = announced.handoff;
      if (full.has(target.name)) continue;
      if ((await moveOn(deps, announced).catch(deps.onFault)) === 'full') full.add(target.name);
    }
  });
}

async function moveOn(deps: OpeningDeps, { handoff, notice, detail }: Announced): Promise<'full' | undefined> {
  if (handoff.status === 'paused') {
    if (notice === 'delivered') await deps.store.resumeHandoff(handoff.id, null, 'daemon');
    return undefined;
  }
  if (notice === 'delivered') return start(deps, handoff);
  if (notice === 'failed') return refuseOrPause(deps, handoff, detail);
  if (notice === 'sending' && (await isLate(deps, handoff)))
    await deps.store.pauseHandoff(
      handoff.id,
      `its notice was not delivered to ${handoff.targetChat} within ${deliverWithinMs / 1000} s${detail === '' ? '' : `: ${detail}`}`,
    );
  return undefined;
}

/** A target that takes no work any more is asked once more, which refuses it; any other may be reached later. */
async function refuseOrPause(deps: OpeningDeps, handoff: Handoff, detail: string): Promise<'full' | undefined> {
  if ((await askAgain(deps, handoff, 'starting')).targetClosed !== null) return start(deps, handoff);
  await deps.store.pauseHandoff(handoff.id, `its notice could not be delivered to ${handoff.targetChat}: ${detail}`);
  return undefined;
}

async function isLate({ sessions, clock }: OpeningDeps, { noticeTurn }: Handoff): Promise<boolean> {
  const turn = noticeTurn === null ? undefined : await sessions.readTurn(noticeTurn);
  return turn?.endedAt !== undefined && clock.now() - turn.endedAt > deliverWithinMs;
}

async function start(deps: OpeningDeps, handoff: Handoff): Promise<'full' | undefined> {
  const { actions, limits, sessionTriggers } = deps.config();
  const forbidden = sessionTriggers.sources.get(handoff.source.agent)?.forbiddenActions ?? [];
  const question = await askAgain(deps, handoff, 'starting');
  await failpoint('handoff.before-start');
  const started = await deps.store.startHandoff(
    handoff.id,
    {
      turnId: deps.ids.next('turn'),
      text: workText(handoff),
      provenance: narrowed(handoff.provenance, handoff.id, forbidden, actions),
      maxQueued: limits.queuedMessages,
      approval: freshApproval(deps),
    },
    question,
  );
  await failpoint('handoff.after-start');
  if (started.ok && started.value.status === 'running') deps.runner().wake(started.value.target.sessionKey);
  return !started.ok && started.refusal.code === 'limit-reached' ? 'full' : undefined;
}
