/** A handoff that waits for a person asks in the chat of its source, once for each question. A turn that waits for its end holds that chat; then the question stands with the approvals alone. */
import type { Handoff, HandoffStore } from '@guildhall/handoffs';
import type { Clock, Ids } from '@guildhall/kernel';
import type { InboxStore, SessionRunner } from '@guildhall/sessions';
import { handoffPlatform } from '../handoffs/handoff-place.ts';
import { questionMessage } from '../handoffs/question-text.ts';
import type { JournalTail } from '../journal-tail.ts';
import { repeatOn, type Repeating } from './repeat.ts';

export interface AskingDeps {
  readonly store: Pick<HandoffStore, 'listHandoffs'>;
  readonly sessions: Pick<InboxStore, 'acceptMessage'>;
  readonly runner: () => SessionRunner;
  readonly ids: Ids;
  readonly tail: Pick<JournalTail, 'on'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

const everyMs = 5000;
const atOnce = 500;
/** A person who is asked is not turned away for others that wait. */
const mostQuestions = 1_000_000;

export function waitingHandoffAsksInChat(deps: AskingDeps): Repeating {
  let asked = new Set<string>();
  return repeatOn(deps, { events: ['handoff.awaiting-approval'], everyMs }, async () => {
    const waiting = await deps.store.listHandoffs({ status: 'awaiting-approval', limit: atOnce });
    const now = new Set<string>();
    for (const handoff of waiting) {
      const approval = handoff.approvalId ?? '';
      if (asked.has(approval) || (await ask(deps, handoff, approval))) now.add(approval);
    }
    asked = now;
  });
}

/** Known by its approval, so that asking again finds the question there is. */
async function ask({ sessions, runner, ids }: AskingDeps, handoff: Handoff, approval: string): Promise<boolean> {
  const { id, source, target, provenance, awaited } = handoff;
  if (awaited) return true;
  const accepted = await sessions.acceptMessage({
    message: {
      platform: handoffPlatform,
      account: 'question',
      chat: id,
      chatType: 'thread',
      thread: 'question',
      messageId: `${id}.${approval}`,
      text: questionMessage(id),
    },
    from: 'daemon',
    sessionKey: source.sessionKey,
    agent: source.agent,
    turnId: ids.next('turn'),
    // Of who asks, not of the work: that has not begun.
    provenance: { ...provenance, hops: provenance.hops.slice(0, -1) },
    busy: 'queue',
    maxQueued: mostQuestions,
    route: { handoff: id, source: source.name, target: target.name, thread: 'question' },
  });
  if (accepted.ok && !accepted.value.duplicate) runner().wake(source.sessionKey);
  return accepted.ok;
}
