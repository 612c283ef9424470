/** A session that handed work over without waiting is told once, in one turn, when enough of it has ended. What comes of that turn is a further step of the same chain. */
import { deriveProvenance } from '@guildhall/authority';
import type { HandoffStore, SummaryDue } from '@guildhall/handoffs';
import { type Clock, type Ids, failpoint } from '@guildhall/kernel';
import type { SessionRunner, TranscriptStore } from '@guildhall/sessions';
import { summaryText } from '../handoffs/summary-text.ts';
import type { JournalTail } from '../journal-tail.ts';
import { repeatOn, type Repeating } from './repeat.ts';

export interface SummingDeps {
  readonly store: Pick<HandoffStore, 'dueSummaries' | 'openSummary'>;
  readonly sessions: Pick<TranscriptStore, 'readTurn'>;
  readonly runner: () => SessionRunner;
  readonly isDraining: () => boolean;
  readonly maxQueued: () => number;
  readonly ids: Ids;
  readonly tail: Pick<JournalTail, 'on'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

const everyMs = 1000;
const atOnce = 50;
const hints = ['handoff.finished', 'handoff.refused', 'handoff.uncertain', 'handoff.cancelled', 'turn.completed', 'turn.failed', 'turn.cancelled'] as const;

export function endedHandoffsAreSummedUp(deps: SummingDeps): Repeating {
  return repeatOn(deps, { events: hints, everyMs }, async () => {
    if (deps.isDraining()) return;
    for (const due of await deps.store.dueSummaries(atOnce)) await sumUp(deps, due).catch(deps.onFault);
  });
}

async function sumUp(deps: SummingDeps, { sourceTurn, handoffs }: SummaryDue): Promise<void> {
  const turn = await deps.sessions.readTurn(sourceTurn);
  if (turn === undefined) return;
  const hop = { via: 'reply', actor: `agent:${turn.agent}`, ref: sourceTurn } as const;
  const summary = {
    turnId: deps.ids.next('turn'),
    text: summaryText(handoffs),
    provenance: deriveProvenance(turn.provenance, { hop, agent: turn.agent, trust: 'peer' }),
    maxQueued: deps.maxQueued(),
  };
  await failpoint('handoff.before-summary');
  const opened = await deps.store.openSummary(sourceTurn, summary);
  await failpoint('handoff.after-summary');
  if (opened.ok) deps.runner().wake(opened.value.sessionKey);
}
