/** Asking for a handoff. Who asks and what its chain is, the daemon knows; what every guardrail says, the store counts and keeps, also when it is no. */
import { innermostHandoff } from '@guildhall/authority';
import type { NewHandoff } from '@guildhall/handoffs';
import { failpoint } from '@guildhall/kernel';
import { type RequestedHandoff, type Settled, done, refuse } from '@guildhall/protocol';
import { allowanceOf, reservationOf } from '../../handoffs/edge-rules.ts';
import { type FoundEndpoint, findEndpoint } from '../../handoffs/find-endpoint.ts';
import { questionOf } from '../../handoffs/question.ts';
import { workProvenance } from '../../handoffs/work-provenance.ts';
import { printableLine } from '@guildhall/tools';
import { today } from '../../agent-directory.ts';
import { openFilledRole } from '../../roles/open-filled-role.ts';
import { freshApproval, freshNotice } from './fresh.ts';
import type { HandoffDeps } from './handoff-deps.ts';
import { viewHandoff } from './views.ts';
import type { Asking } from './who-asks.ts';

export interface Wanted {
  readonly target: string;
  readonly task: string;
  readonly riskLevel: string | undefined;
  readonly forbiddenActions: readonly string[];
  readonly dedupKey: string | undefined;
  readonly mustAsk: boolean;
  readonly awaited: boolean;
  readonly needed: number | null;
}

export async function dispatchHandoff(deps: HandoffDeps, asking: Asking, wanted: Wanted): Promise<Settled<RequestedHandoff>> {
  if (deps.isDraining()) return refuse('draining', 'the daemon is stopping and takes no new work; ask again in a moment, with the same dedupKey');
  const found = await findEndpoint(deps, wanted.target);
  if (!found.ok) return found;
  const target = await openTarget(deps, asking, found.value);
  const handoff = newHandoff(deps, asking, wanted, target);
  const question = questionOf(deps.config(), deps.clock, handoff, target, { moment: 'requested', chain: asking.chain });
  await failpoint('handoff.before-request');
  const requested = await deps.store.requestHandoff(handoff, question);
  await failpoint('handoff.after-request');
  if (!requested.ok) return requested;
  const { handoff: stored, duplicate } = requested.value;
  if (stored.status === 'queued') deps.runner().wake(stored.target.sessionKey);
  return done({ ...(await viewHandoff(deps, stored)), duplicate });
}

/** A role is opened for those who may hand work to whoever fills it; for nobody else, since asking leads nowhere. */
async function openTarget(deps: HandoffDeps, { source, requestedBy }: Asking, found: FoundEndpoint): Promise<FoundEndpoint> {
  const { enabled, sources } = deps.config().sessionTriggers;
  const mayAsk = enabled && sources.get(source.agent)?.allowedTargets.includes(found.endpoint.agent) === true;
  if (found.place === null || found.closed !== null || !mayAsk) return found;
  const opened = await openFilledRole({ store: deps.roleStore, roles: deps.roles }, found.place, requestedBy);
  return opened.ok ? found : { ...found, closed: opened.refusal.message };
}

function newHandoff(deps: HandoffDeps, asking: Asking, wanted: Wanted, { endpoint: target, place, chat }: FoundEndpoint): NewHandoff {
  const config = deps.config();
  const { source, chain } = asking;
  const rules = config.sessionTriggers.sources.get(source.agent);
  const id = deps.ids.next('handoff');
  const forbidden = [...new Set([...wanted.forbiddenActions.map(inOneLine), ...(rules?.forbiddenActions ?? []), ...(chain?.forbidden ?? [])])].toSorted();
  return {
    id,
    source,
    sourceTurn: asking.call?.turn ?? null,
    sourceCall: asking.call?.call ?? null,
    requestedBy: asking.requestedBy,
    target,
    targetChat: chat,
    task: wanted.task.toWellFormed(),
    dedupKey: wanted.dedupKey ?? null,
    risk: wanted.riskLevel === undefined ? (rules?.defaultRisk ?? 'low') : inOneLine(wanted.riskLevel),
    forbidden,
    mustAsk: wanted.mustAsk,
    parent: chain === null ? null : innermostHandoff(chain),
    provenance: workProvenance(deps, {
      id,
      source,
      target,
      place,
      chain,
      forbidden,
      actions: config.actions,
      limits: { depth: config.limits.chainDepth, handoffs: rules?.maxDepth ?? 0 },
    }),
    allowance: allowanceOf(config, source, id),
    awaited: wanted.awaited,
    needed: wanted.needed,
    notice: freshNotice(deps, { id, source }),
    approval: freshApproval(deps),
    reservation: reservationOf(config, source, target, today(deps.clock)),
    maxQueued: config.limits.queuedMessages,
  };
}

/** Names stand in sentences of ours, so nothing in them may begin a line or hide. */
function inOneLine(name: string): string {
  return printableLine(name, 200);
}
