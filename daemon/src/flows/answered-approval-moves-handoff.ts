/** A handoff that waits for a person moves when they have answered, or no longer can: yes queues it, everything else is no. */
import type { Handoff, HandoffStore } from '@guildhall/handoffs';
import { type Clock, type Ids, failpoint } from '@guildhall/kernel';
import type { SessionRunner } from '@guildhall/sessions';
import type { JournalTail } from '../journal-tail.ts';
import { freshNotice } from '../operations/handoffs/fresh.ts';
import { repeatOn, type Repeating } from './repeat.ts';

export interface AnswerDeps {
  readonly store: Pick<HandoffStore, 'answeredHandoffs' | 'settleApproval'>;
  readonly runner: () => SessionRunner;
  readonly ids: Ids;
  readonly tail: Pick<JournalTail, 'on'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

const everyMs = 1000;
const atOnce = 100;

export function answeredApprovalMovesHandoff(deps: AnswerDeps): Repeating {
  return repeatOn(deps, { events: ['approval.given', 'approval.denied', 'approval.expired'], everyMs }, async () => {
    for (const handoff of await deps.store.answeredHandoffs(atOnce)) await settle(deps, handoff).catch(deps.onFault);
  });
}

async function settle(deps: AnswerDeps, handoff: Handoff): Promise<void> {
  await failpoint('handoff.before-approval');
  const settled = await deps.store.settleApproval(handoff.id, freshNotice(deps, handoff));
  await failpoint('handoff.after-approval');
  if (settled.ok && settled.value.status === 'queued') deps.runner().wake(settled.value.target.sessionKey);
}
