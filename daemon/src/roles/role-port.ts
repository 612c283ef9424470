/** The tools of roles, answered by the operations: each asks as the role its turn is in. */
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { SessionStore, ToolContext } from '@guildhall/sessions';
import { goesOnLater } from '@guildhall/sessions';
import type { RolePort } from '@guildhall/tools';
import type { RoleCaller, RoleOperations } from '../role-operations.ts';
import { type RolePlace, rolePlaceOf } from './role-place.ts';

const mostFindings = 200;

/** The time a tool may take ends it sooner. */
const longestWaitMs = 7 * 86_400_000;

export function rolePort(operations: () => RoleOperations, sessions: Pick<SessionStore, 'requestCancel'>, stopTurn: (turnId: string) => void): RolePort {
  const inRole = async <T>(context: ToolContext, ask: (place: RolePlace, by: RoleCaller) => Promise<Settled<T>>): Promise<Settled<T>> => {
    const place = rolePlaceOf(context);
    return place === undefined
      ? refuse('not-allowed', 'this turn is in no role of a plan, so it can say nothing there')
      : ask(place, { kind: 'agent', turn: context });
  };
  return {
    invokeRole: ({ role, plan, expects, ...work }, context) =>
      inRole(context, async (place, by) => {
        const begun = await operations().invokeRole(plan ?? place.plan, role, { ...work, expects: [...expects] }, by);
        if (!begun.ok || begun.value.mode === 'inline' || begun.value.status === 'waiting-for-person') return begun;
        const ended = await operations().readRun(begun.value.plan, begun.value.id, longestWaitMs, context.signal);
        const { turnId, status } = ended.ok ? ended.value : begun.value;
        if (isStopped(context) && status !== 'finished' && turnId !== null) {
          await sessions.requestCancel(turnId, `agent:${context.agent}`);
          stopTurn(turnId);
        }
        return ended;
      }),
    reportFinding: (finding, context) => inRole(context, (place, by) => operations().reportFinding(place.plan, finding, by)),
    disposeFinding: (id, verb, request, context) => inRole(context, (_place, by) => operations().disposeFinding(id, verb, request, by)),
    answerFinding: (id, text, context) => inRole(context, (_place, by) => operations().answerFinding(id, text, by)),
    revalidateFinding: (id, request, context) => inRole(context, (_place, by) => operations().revalidateFinding(id, request, by)),
    listFindings: (status, context) =>
      inRole(context, async ({ plan }) => done(await operations().listFindings({ plan, ...(status === undefined ? {} : { status }), limit: mostFindings }))),
  };
}

/** A turn that is called off takes with it what it waits for; one that goes on later finds it again, and work that only takes long goes on. */
function isStopped({ signal }: ToolContext): boolean {
  return signal.aborted && !goesOnLater(signal) && signal.reason instanceof Error && signal.reason.name === 'AbortError';
}
