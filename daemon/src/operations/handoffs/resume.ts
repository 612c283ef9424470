/** A paused handoff is announced again, because a person says that its chat can be reached now. */
import { type HandoffView, type Settled, done } from '@guildhall/protocol';
import { freshNotice } from './fresh.ts';
import type { HandoffDeps } from './handoff-deps.ts';
import { noHandoff, viewHandoff } from './views.ts';

export async function resumeHandoff(deps: HandoffDeps, id: string, actor: string): Promise<Settled<HandoffView>> {
  const handoff = await deps.store.readHandoff(id);
  if (handoff === undefined) return noHandoff(id);
  const resumed = await deps.store.resumeHandoff(id, freshNotice(deps, handoff), actor);
  if (!resumed.ok) return resumed;
  deps.runner().wake(resumed.value.target.sessionKey);
  return done(await viewHandoff(deps, resumed.value));
}
