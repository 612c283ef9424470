/** Why a handoff is where it is: what every guardrail said each time, and through whom it came about. */
import { type HandoffExplanation, type Settled, done } from '@guildhall/protocol';
import type { HandoffDeps } from './handoff-deps.ts';
import { noHandoff, viewDecision } from './views.ts';

export async function explainHandoff({ store }: Pick<HandoffDeps, 'store'>, id: string): Promise<Settled<HandoffExplanation>> {
  const handoff = await store.readHandoff(id);
  if (handoff === undefined) return noHandoff(id);
  const decisions = await store.decisionsOf(id);
  return done({
    id,
    status: handoff.status,
    decisions: decisions.map(viewDecision),
    lineage: handoff.provenance.hops.map(({ via, actor, ref }) => ({ via, actor, ref })),
    forbiddenActions: [...handoff.forbidden],
  });
}
