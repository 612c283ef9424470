/** The verbs of handoffs: each authorises, does one thing, and answers with a view or a refusal. */
import { type Settled, done, parseSessionKey, refuse } from '@guildhall/protocol';
import type { HandoffCaller, HandoffOperations } from '../../handoff-operations.ts';
import { findEndpoint } from '../../handoffs/find-endpoint.ts';
import { sessionOfAgent } from '../../handoffs/target-chat.ts';
import { readWhenEnded } from '../../waiting-for-events.ts';
import { cancelHandoff } from './cancel.ts';
import { dispatchHandoff } from './dispatch.ts';
import { editHandoff } from './edit.ts';
import { explainHandoff } from './explain.ts';
import type { HandoffDeps } from './handoff-deps.ts';
import { importHandoff } from './import.ts';
import { resumeHandoff } from './resume.ts';
import { noHandoff, viewHandoff } from './views.ts';
import { type Asking, askingOf, hasNoLater, operatorOnly } from './who-asks.ts';

export function handoffOperations(deps: HandoffDeps): HandoffOperations {
  return {
    async dispatchHandoff({ source, ...request }, by) {
      const asking = await onBehalfOf(deps, source, by);
      if (!asking.ok) return asking;
      return dispatchHandoff(deps, asking.value, { ...wanted(request), awaited: false, needed: null });
    },

    async dispatchAsAgent({ awaited, needed, ...request }, turn) {
      if (!awaited && hasNoLater(turn))
        return refuse(
          'not-allowed',
          'a delegated part ends with its answer, so it cannot be told later: hand work over with wait: true, or leave it to whoever asked you',
        );
      const open = refusePrivate(deps, request.target);
      return open.ok ? dispatchHandoff(deps, askingOf(turn), { ...wanted(request), awaited, needed: needed ?? null }) : open;
    },

    async importHandoff(record, by) {
      const asking = await onBehalfOf(deps, record.source_session, by);
      return asking.ok ? importHandoff(deps, asking.value, record) : asking;
    },

    async listHandoffs(query) {
      const found = await deps.store.listHandoffs(query);
      return Promise.all(found.map((handoff) => viewHandoff(deps, handoff)));
    },

    async readHandoff(id, waitMs, signal) {
      const handoff = await readWhenEnded({
        clock: deps.clock,
        waitMs,
        signal,
        read: () => deps.store.readHandoff(id),
        hasEnded: ({ endedAt }) => endedAt !== null,
        hint: (_handoff, until) => deps.handoffHint(id, until),
      });
      return handoff === undefined ? noHandoff(id) : done(await viewHandoff(deps, handoff));
    },

    explainHandoff: (id) => explainHandoff(deps, id),

    async editHandoff(id, change, by) {
      const allowed = operatorOnly(by, 'change a handoff');
      return allowed.ok ? editHandoff(deps, id, change, 'operator') : allowed;
    },

    cancelHandoff: (id, { reason = '' }, by) => cancelHandoff(deps, id, reason, by),

    async resumeHandoff(id, by) {
      const allowed = operatorOnly(by, 'resume a handoff');
      return allowed.ok ? resumeHandoff(deps, id, 'operator') : allowed;
    },

    listEdges: () => deps.store.listEdges(deps.config().sessionTriggers.breaker),
  };
}

async function onBehalfOf(deps: HandoffDeps, source: string, by: HandoffCaller): Promise<Settled<Asking>> {
  const allowed = operatorOnly(by, 'hand over work on behalf of an agent');
  if (!allowed.ok) return allowed;
  const found = await findEndpoint(deps, source);
  if (!found.ok) return found;
  const { endpoint } = found.value;
  return done({ source: endpoint, chain: null, call: null, requestedBy: `operator on behalf of ${endpoint.name}` });
}

/** What one person, or one program, and an agent say to each other is for them: no other agent works in it and hears back what stands there. */
function refusePrivate({ config }: HandoffDeps, target: string): Settled<null> {
  const address = parseSessionKey(target);
  if (!address.ok || address.value.kind !== 'agent-chat') return done(null);
  if (address.value.chatType !== 'dm' && address.value.platform !== 'api') return done(null);
  const agent = config().agents.get(address.value.agent);
  if (agent !== undefined && sessionOfAgent(config(), agent) === target) return done(null);
  return refuse('not-allowed', `${target.slice(0, 120)} is a conversation of one person with ${address.value.agent}; name the agent instead`);
}

function wanted(request: {
  readonly target: string;
  readonly task: string;
  readonly riskLevel?: string | undefined;
  readonly forbiddenActions?: readonly string[] | undefined;
  readonly dedupKey?: string | undefined;
}) {
  const { target, task, riskLevel, forbiddenActions = [], dedupKey } = request;
  return { target, task, riskLevel, forbiddenActions, dedupKey, mustAsk: false };
}
