/** A handoff ends when its turn has, once. */
import type { HandoffStore } from '@guildhall/handoffs';
import { type Clock, failpoint } from '@guildhall/kernel';
import type { Config } from '@guildhall/agents';
import { judgeEnd } from '../handoffs/judge-end.ts';
import type { JournalTail } from '../journal-tail.ts';
import { repeatOn, type Repeating } from './repeat.ts';

export interface EndingDeps {
  readonly store: Pick<HandoffStore, 'endedHandoffs' | 'settleHandoff'>;
  readonly config: () => Config;
  readonly tail: Pick<JournalTail, 'on'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

const everyMs = 1000;
const atOnce = 100;

export function endedTurnFinishesHandoff(deps: EndingDeps): Repeating {
  return repeatOn(deps, { events: ['turn.completed', 'turn.failed', 'turn.cancelled'], everyMs }, async () => {
    // One that cannot be settled must not keep the others from their end.
    for (const ended of await deps.store.endedHandoffs(atOnce)) await settle(deps, ended).catch(deps.onFault);
  });
}

async function settle(deps: EndingDeps, { handoff, turn }: Awaited<ReturnType<HandoffStore['endedHandoffs']>>[number]): Promise<void> {
  await failpoint('handoff.before-settle');
  // A refusal means that it was called off, or settled by another daemon, meanwhile.
  await deps.store.settleHandoff(handoff.id, judgeEnd(turn), deps.config().sessionTriggers.breaker);
  await failpoint('handoff.after-settle');
}
