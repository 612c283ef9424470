/** The tools of handoffs, answered by the operations: each asks as the session its turn is in. */
import type { Config } from '@guildhall/agents';
import type { HandoffStore } from '@guildhall/handoffs';
import { type HandoffView, type RequestedHandoff, type Settled, done } from '@guildhall/protocol';
import { goesOnLater, type ToolContext } from '@guildhall/sessions';
import type { HandoffPort } from '@guildhall/tools';
import type { HandoffOperations } from '../handoff-operations.ts';
import { askingOf } from '../operations/handoffs/who-asks.ts';

const mostListed = 100;
/** Left of the time a tool may take, so that it can still say that the work goes on. */
const spareMs = 1500;
const leastWaitMs = 500;

export interface HandoffPortDeps {
  readonly config: () => Config;
  readonly store: Pick<HandoffStore, 'releaseAwaited'>;
  readonly operations: () => HandoffOperations;
}

export function handoffPort(deps: HandoffPortDeps): HandoffPort {
  const { config, operations } = deps;
  return {
    closedFor(agent) {
      const { enabled, sources } = config().sessionTriggers;
      if (!enabled) return 'handoffs are switched off (session_triggers.enabled)';
      const own = sources.get(agent);
      if (own === undefined) return `${agent} may hand over nothing: it is not named under session_triggers.sources`;
      return own.maxDepth === 0 ? `${agent} may hand over nothing: session_triggers.sources.${agent}.max_depth is 0` : null;
    },
    async dispatch({ wait, ...request }, context) {
      const requested = await operations().dispatchAsAgent({ ...request, forbiddenActions: [...request.forbiddenActions], awaited: wait }, context);
      if (requested.ok && requested.value.sourceSession !== context.sessionKey) return done(ofAnother(requested.value, request.task));
      return requested.ok && wait && requested.value.endedAt === null ? awaitEnd(deps, requested.value, context) : requested;
    },
    async list({ open }, context) {
      const { source } = askingOf(context);
      const found = await operations().listHandoffs({ source: source.name, ...(open ? { open } : {}), limit: mostListed });
      return done(found.filter(({ sourceSession }) => sourceSession === context.sessionKey));
    },
    cancel: (id, reason, context) => operations().cancelHandoff(id, { reason }, { kind: 'agent', turn: context }),
  };
}

/** Another conversation of the same agent asked for it before: that it is there is told here, and nothing of what was said there. */
function ofAnother(view: RequestedHandoff, task: string): RequestedHandoff {
  return { ...view, task, result: null, reason: '', progress: null };
}

async function awaitEnd(deps: HandoffPortDeps, requested: RequestedHandoff, context: ToolContext): Promise<Settled<RequestedHandoff>> {
  const { id, duplicate } = requested;
  const waitMs = Math.max(leastWaitMs, deps.config().limits.toolMs - spareMs);
  const ended = await deps.operations().readHandoff(id, waitMs, context.signal);
  if (!ended.ok || ended.value.endedAt !== null || goesOnLater(context.signal)) return withDuplicate(ended, duplicate);
  if (isStopped(context)) return callOff(deps, requested, context);
  await deps.store.releaseAwaited(id);
  return withDuplicate(await deps.operations().readHandoff(id, 0, context.signal), duplicate);
}

/** A turn that is called off takes with it what it waits for. */
async function callOff({ operations }: HandoffPortDeps, requested: RequestedHandoff, context: ToolContext): Promise<Settled<RequestedHandoff>> {
  const cancelled = await operations().cancelHandoff(requested.id, { reason: 'the turn that waited for it was stopped' }, { kind: 'agent', turn: context });
  return cancelled.ok ? withDuplicate(done(cancelled.value.handoff), requested.duplicate) : cancelled;
}

function isStopped({ signal }: ToolContext): boolean {
  return signal.aborted && signal.reason instanceof Error && signal.reason.name === 'AbortError';
}

function withDuplicate(view: Settled<HandoffView>, duplicate: boolean): Settled<RequestedHandoff> {
  return view.ok ? done({ ...view.value, duplicate }) : view;
}
