/** Messages in, turns read and stopped. */
import { completeFacts } from '@guildhall/agents';
import { isOperator, rootProvenance, type Credential } from '@guildhall/authority';
import { type Clock, type Ids, failpoint } from '@guildhall/kernel';
import { type ChainLimits, type MessageRequest, type RouteView, type Settled, agentOfSessionKey, done, parseSessionKey, refuse } from '@guildhall/protocol';
import type { BusyMode, InboundMessage, SessionRunner, SessionStore, Turn } from '@guildhall/sessions';
import { readChatAnswer } from '../chat-approvals.ts';
import { delegatePlatform } from '../children.ts';
import type { Operations } from '../operations.ts';
import { innerPlatforms, ownPlatforms } from '../platforms.ts';
import { isOwnSession, predecessorPlatform, roleName, rolePlaceOf, rolePlatform } from '../roles/role-place.ts';
import { viewTurn } from '../views.ts';
import { readWhenEnded } from '../waiting-for-events.ts';
import { withoutUndefined } from './team.ts';

export interface MessageDeps {
  readonly store: SessionStore;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly runner: () => SessionRunner;
  /** Which agent the facts lead to and why. */
  readonly route: (message: InboundMessage) => RouteView;
  /** The agent that fills the role of a session, as long as it may be spoken to; refused for sessions that are not there, are retired, or that a person fills. */
  readonly agentOfRole: (sessionKey: string) => Promise<Settled<string>>;
  /** The session of an agent that these facts belong to; refused when there is no such agent. */
  readonly sessionKeyFor: (agent: string, message: InboundMessage) => Settled<string>;
  readonly busyModeOf: (agent: string) => BusyMode;
  readonly maxQueued: () => number;
  /** What a chain that begins here is held to. */
  readonly chainLimits: () => ChainLimits;
  readonly isDraining: () => boolean;
  readonly turnHint: (sessionKey: string, signal: AbortSignal) => Promise<void>;
}

export function messageOperations(deps: MessageDeps): Pick<Operations, 'acceptMessage' | 'readTurn' | 'cancelTurn' | 'cancelSession'> {
  return {
    acceptMessage: (request, by) => acceptMessage(deps, request, by),

    async readTurn(id, waitMs, signal) {
      const turn = await readWhenEnded({
        clock: deps.clock,
        waitMs,
        signal,
        read: () => deps.store.readTurn(id),
        hasEnded,
        hint: ({ sessionKey }, until) => deps.turnHint(sessionKey, until),
      });
      return turn === undefined ? noTurn(id) : done(viewTurn(turn));
    },

    async cancelTurn(id, by) {
      const turn = await deps.store.requestCancel(id, actorOf(by));
      if (!turn.ok) return turn;
      deps.runner().stopTurn(id);
      await cancelChildren(deps, [id], actorOf(by));
      return done(viewTurn(turn.value));
    },

    async cancelSession(key, by) {
      const parsed = parseSessionKey(key);
      if (!parsed.ok) return parsed;
      const cancelled = await deps.store.requestSessionCancel(key, actorOf(by));
      if (!cancelled.ok) return cancelled;
      for (const id of cancelled.value) deps.runner().stopTurn(id);
      await cancelChildren(deps, cancelled.value, actorOf(by));
      return done({ cancelled: [...cancelled.value] });
    },
  };
}

async function acceptMessage(deps: MessageDeps, request: MessageRequest, by: Credential): ReturnType<Operations['acceptMessage']> {
  if (deps.isDraining()) return refuse('draining', 'the daemon is stopping and takes no new messages; send it again in a moment, with the same messageId');
  if (innerPlatforms.has(request.platform)) return refuse('not-allowed', `the platform "${request.platform}" is for the daemon's own use`);
  const scope = refuseOutsideScope(request, by);
  if (!scope.ok) return scope;
  const message = normalise(request);
  const target = await chooseTarget(deps, request, message, by);
  if (!target.ok) return target;
  const { agent, sessionKey, rule } = target.value;
  const turnId = deps.ids.next('turn');
  const own = ownPlatforms.has(message.platform);
  const place = rolePlaceOf({ sessionKey });
  const from = own ? actorOf(by) : `${message.platform}:${message.peer ?? message.chat}`;
  const root = rootProvenance({
    id: deps.ids.next('root'),
    origin: from,
    trust: own && isOperator(by) ? 'operator' : 'person',
    agent,
    ...(place === undefined ? {} : { role: roleName(place) }),
    via: 'message',
    ref: message.messageId,
    limits: deps.chainLimits(),
  });
  await failpoint('inbox.before-accept');
  const accepted = await deps.store.acceptMessage({
    message,
    from,
    sessionKey,
    agent,
    turnId,
    route: { rule },
    provenance: { ...root, budgets: [...root.budgets, ...(place === undefined ? [] : [`plan:${place.plan}`])] },
    // Whoever waits for this answer is neither cut off by it nor told it as words.
    busy: readChatAnswer(message.text) === undefined ? deps.busyModeOf(agent) : 'queue',
    maxQueued: deps.maxQueued(),
  });
  await failpoint('inbox.after-accept');
  if (!accepted.ok) return accepted;
  if (accepted.value.interrupted !== undefined) deps.runner().stopTurn(accepted.value.interrupted);
  if (!accepted.value.duplicate) deps.runner().wake(accepted.value.sessionKey);
  const { interrupted: _interrupted, ...answer } = accepted.value;
  return done(answer);
}

/** Messages of people are routed; naming an agent or a session is for the operator, and for a credential made for that agent. */
function refuseOutsideScope(request: MessageRequest, by: Credential): Settled<null> {
  if (isOperator(by)) return done(null);
  const own = by.scopes.find((scope) => scope.startsWith('agent:'))?.slice('agent:'.length);
  const named = request.session === undefined ? request.agent : agentOfSessionKey(request.session);
  if (own !== undefined && named === own) return done(null);
  if (named === undefined && request.session === undefined && by.scopes.includes('chat')) return done(null);
  return refuse('not-allowed', 'this credential may not choose the agent or the session; leave out "agent" and "session", or use the operator\'s credential');
}

function normalise(request: MessageRequest): InboundMessage {
  const { platform, chat, messageId, text, attachments, agent: _agent, session: _session, ...place } = request;
  const facts = completeFacts(withoutUndefined({ ...place, platform, chat }));
  return { ...facts, chat, messageId, text: text.toWellFormed(), ...(attachments === undefined ? {} : { attachments }) };
}

interface Target {
  readonly agent: string;
  readonly sessionKey: string;
  readonly rule: string;
}

async function chooseTarget(deps: MessageDeps, request: MessageRequest, message: InboundMessage, by: Credential): Promise<Settled<Target>> {
  if (request.session !== undefined && isOwnSession(request.session)) return chooseRole(deps, request.session, request.agent, by);
  if (request.session !== undefined) {
    const role = refuseRoleSession(request.session);
    if (!role.ok) return role;
    const agent = agentOfSessionKey(request.session);
    if (agent === undefined) return refuse('invalid-input', `"${request.session.slice(0, 120)}" is not the key of an agent's session`);
    if (request.agent !== undefined && request.agent !== agent)
      return refuse('invalid-input', `the session belongs to ${agent}, not to ${request.agent}; leave out "agent"`);
    const known = deps.sessionKeyFor(agent, message);
    return known.ok ? done({ agent, sessionKey: request.session, rule: 'the sender named the session' }) : known;
  }
  const route = request.agent === undefined ? deps.route(message) : undefined;
  const agent = request.agent ?? route?.agent ?? '';
  const sessionKey = deps.sessionKeyFor(agent, message);
  return sessionKey.ok ? done({ agent, sessionKey: sessionKey.value, rule: route?.rule ?? 'the sender named the agent' }) : sessionKey;
}

/** What a person says to a role stands in its session and is no run; nobody else speaks there. */
async function chooseRole(deps: MessageDeps, sessionKey: string, named: string | undefined, by: Credential): Promise<Settled<Target>> {
  if (!isOperator(by)) return refuse('not-allowed', 'messages into the session of a role are for the operator');
  const agent = await deps.agentOfRole(sessionKey);
  if (!agent.ok) return agent;
  if (named !== undefined && named !== agent.value) return refuse('invalid-input', `the role is filled by ${agent.value}, not by ${named}; leave out "agent"`);
  return done({ agent: agent.value, sessionKey, rule: 'the sender named the session of a role' });
}

const roleSessions = new Set([rolePlatform, predecessorPlatform]);

/** Sessions of single runs, and of incarnations that ended, take what they were made for alone. */
function refuseRoleSession(session: string): Settled<null> {
  const parsed = parseSessionKey(session);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  if (!(value.kind === 'agent-chat' && roleSessions.has(value.platform))) return done(null);
  return refuse(
    'not-allowed',
    `${session.slice(0, 300)} is a conversation of a role, which takes no messages. Ask work of it with: guildhall roles invoke TASK --plan PLAN --role ROLE`,
    {
      session,
    },
  );
}

/** Children of cancelled turns stop with them, level by level. */
async function cancelChildren(deps: MessageDeps, parents: readonly string[], by: string): Promise<void> {
  if (parents.length === 0) return;
  const active = await deps.store.listTurns({ active: true, limit: 10_000 });
  const children = active.filter((turn) => turn.message.platform === delegatePlatform && parents.includes(turn.message.chat));
  for (const child of children) {
    await deps.store.requestCancel(child.id, by);
    deps.runner().stopTurn(child.id);
  }
  await cancelChildren(
    deps,
    children.map((child) => child.id),
    by,
  );
}

export function hasEnded(turn: Turn): boolean {
  return turn.status !== 'queued' && turn.status !== 'running';
}

export function actorOf(by: Credential): string {
  return isOperator(by) ? 'operator' : `credential:${by.id}`;
}

function noTurn(id: string): Settled<never> {
  return refuse('not-found', `there is no turn ${id.slice(0, 80)}`);
}
