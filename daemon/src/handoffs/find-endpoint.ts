/** Who is meant: an agent (the session of its bound chat, else its main one), a session by its key, or a role of a plan. */
import type { Config } from '@guildhall/agents';
import type { Endpoint } from '@guildhall/handoffs';
import { type Settled, done, parseSessionKey, refuse } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import type { TranscriptStore } from '@guildhall/sessions';
import { innerPlatforms } from '../platforms.ts';
import type { Roles } from '../roles/role-catalogue.ts';
import { roleName, type RolePlace, roleSessionKey } from '../roles/role-place.ts';
import { chatOfSession, chatText, sessionOfAgent } from './target-chat.ts';

export interface EndpointDeps {
  readonly config: () => Config;
  readonly roles: () => Roles;
  readonly roleStore: Pick<RoleStore, 'readPlan' | 'readRole'>;
  readonly sessions: Pick<TranscriptStore, 'readSession'>;
}

export interface FoundEndpoint {
  readonly endpoint: Endpoint;
  /** Of a role's session. */
  readonly place: RolePlace | null;
  /** `telegram:-100…`, or `session`. */
  readonly chat: string;
  /** Why it takes no work now, in a sentence. */
  readonly closed: string | null;
  /** Why nobody would see the work, in a sentence. */
  readonly hidden: string | null;
}

export async function findEndpoint(deps: EndpointDeps, text: string): Promise<Settled<FoundEndpoint>> {
  const address = parseSessionKey(text);
  if (address.ok) return address.value.kind === 'role' ? findRole(deps, address.value) : findSession(deps, address.value.agent, text);
  const named = /^role:(?<plan>.+)\/(?<role>[^/]+)$/u.exec(text)?.groups;
  if (named !== undefined) return findRole(deps, { plan: named['plan'] ?? '', role: named['role'] ?? '' });
  const agent = deps.config().agents.get(text);
  return agent === undefined ? noAgent(deps, text) : done(foundAgent(deps.config(), agent.id, sessionOfAgent(deps.config(), agent)));
}

/** As it stands now: one that was found once may be gone from the configuration, retired, or filled by somebody else. */
export async function findAgain(deps: EndpointDeps, endpoint: Endpoint): Promise<FoundEndpoint> {
  const role = endpoint.name.startsWith('role:');
  const found = role ? await findEndpoint(deps, endpoint.sessionKey) : done(foundAgent(deps.config(), endpoint.agent, endpoint.sessionKey));
  if (!found.ok) return { endpoint, place: null, chat: 'session', closed: found.refusal.message, hidden: null };
  return role || deps.config().agents.has(endpoint.agent)
    ? found.value
    : { ...found.value, closed: `the agent ${endpoint.agent} is no longer configured; bring it back in guildhall.yaml, or hand the work to another` };
}

/** A key names a conversation that is there: nobody invents a chat for an agent to speak in. */
async function findSession(deps: EndpointDeps, id: string, sessionKey: string): Promise<Settled<FoundEndpoint>> {
  const agent = deps.config().agents.get(id);
  if (agent === undefined) return noAgent(deps, id);
  const own = [`agent:${id}:main`, sessionOfAgent(deps.config(), agent)];
  if (!own.includes(sessionKey) && (await deps.sessions.readSession(sessionKey)) === undefined)
    return refuse('not-found', `there is no session ${sessionKey.slice(0, 120)}; list them with: guildhall sessions list`, { session: sessionKey });
  return done(foundAgent(deps.config(), id, sessionKey));
}

function foundAgent(config: Config, agent: string, sessionKey: string): FoundEndpoint {
  const address = parseSessionKey(sessionKey);
  const isInner = address.ok && address.value.kind === 'agent-chat' && innerPlatforms.has(address.value.platform);
  return {
    endpoint: { name: agent, agent, sessionKey },
    place: null,
    chat: chatText(chatOfSession(config, sessionKey)),
    closed: null,
    hidden: isInner ? `the session ${sessionKey.slice(0, 120)} is for the daemon's own use, where no person looks; name the agent instead` : null,
  };
}

async function findRole(deps: EndpointDeps, named: RolePlace): Promise<Settled<FoundEndpoint>> {
  const definition = deps.roles().resolve(named.role);
  if (!definition.ok) return definition;
  const place = { plan: named.plan, role: definition.value.role };
  const plan = await deps.roleStore.readPlan(place.plan);
  if (plan === undefined) return refuse('not-found', `there is no plan "${place.plan.slice(0, 200)}"; list them with: guildhall plans list`);
  const filler = deps.roles().fillerOf(place.role);
  const agent = filler.kind === 'agent' ? filler.agent : 'operator';
  const session = await deps.roleStore.readRole(place.plan, place.role);
  const reasons = [
    plan.status === 'completed' ? `the plan ${place.plan} is completed; reopen it first` : null,
    session?.status === 'retired' ? `the role ${place.role} is retired (${session.retiredReason ?? ''}); open it again with: guildhall roles reopen` : null,
    filler.kind === 'person' ? `a person fills the role ${place.role}; ask work of it with: guildhall roles invoke` : null,
    filler.kind === 'agent' && !deps.config().agents.has(agent) ? `the agent ${agent}, which fills the role ${place.role}, is no longer configured` : null,
  ];
  return done({
    endpoint: { name: roleName(place), agent, sessionKey: roleSessionKey(place) },
    place,
    chat: 'session',
    closed: reasons.find((reason) => reason !== null) ?? null,
    hidden: null,
  });
}

function noAgent(deps: EndpointDeps, id: string): Settled<never> {
  const names = [...deps.config().agents.keys()].slice(0, 20).join(', ');
  return refuse('not-found', `there is no agent "${id.slice(0, 64)}"; there are: ${names}. A role of a plan is role:<plan>/<role>`);
}
