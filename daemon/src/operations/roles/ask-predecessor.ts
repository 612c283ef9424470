/** Asking an incarnation that has ended: a turn in a side session whose only context is the record, as data, and which has no tools. The role itself does not hear of it. */
import { rootProvenance } from '@guildhall/authority';
import { type AskedAnswer, type Settled, done, refuse } from '@guildhall/protocol';
import type { Incarnation, RoleSession } from '@guildhall/roles';
import { predecessorPlatform, predecessorSessionKey } from '../../roles/role-place.ts';
import { hasEnded } from '../messages.ts';
import type { RoleDeps } from './role-deps.ts';

const mostWaiting = 20;

export async function askPredecessor(
  deps: RoleDeps,
  session: RoleSession,
  { question, incarnation }: { readonly question: string; readonly incarnation?: number },
  signal: AbortSignal,
): Promise<Settled<AskedAnswer>> {
  if (deps.isDraining()) return refuse('draining', 'the daemon is stopping; ask again in a moment');
  const asked = chooseIncarnation(session, await deps.store.incarnationsOf(session.plan, session.role), incarnation);
  if (!asked.ok) return asked;
  const { agent } = session;
  if (agent === null) return refuse('not-available', `a person fills the role ${session.role}; ask them`);
  if (!deps.hasAgent(agent)) return refuse('not-found', `the agent ${agent}, which filled the role ${session.role}, is no longer configured`);
  const sessionKey = predecessorSessionKey(agent, session, asked.value);
  const messageId = deps.ids.next('ask');
  const turnId = deps.ids.next('turn');
  const root = rootProvenance({
    id: deps.ids.next('root'),
    origin: 'operator',
    trust: 'operator',
    agent,
    via: 'role',
    ref: messageId,
    limits: deps.chainLimits(),
  });
  const accepted = await deps.sessions.acceptMessage({
    message: {
      platform: predecessorPlatform,
      account: session.role,
      chat: session.plan,
      chatType: 'thread',
      thread: `${session.role}.${asked.value}`,
      messageId,
      text: question,
    },
    from: 'operator',
    sessionKey,
    agent,
    turnId,
    provenance: { ...root, budgets: [...root.budgets, `plan:${session.plan}`] },
    busy: 'queue',
    maxQueued: mostWaiting,
    route: { rule: `incarnation ${asked.value} of the role ${session.role} is asked` },
  });
  if (!accepted.ok) return accepted;
  deps.runner().wake(sessionKey);
  return awaitAnswer(deps, { incarnation: asked.value, turnId, sessionKey }, signal);
}

function chooseIncarnation({ role, status, incarnation }: RoleSession, all: readonly Incarnation[], wanted: number | undefined): Settled<number> {
  const newest = status === 'retired' ? incarnation : incarnation - 1;
  const chosen = wanted ?? newest;
  if (chosen >= 1 && chosen <= newest && all.some(({ number }) => number === chosen)) return done(chosen);
  if (newest < 1)
    return refuse('not-found', `the role ${role} is in its first incarnation and has no predecessor; ask the role itself with: guildhall roles invoke`);
  return refuse('not-found', `incarnation ${chosen} of the role ${role} has not ended or is not there; those that ended are 1 to ${newest}`, { newest });
}

async function awaitAnswer(deps: RoleDeps, asked: Omit<AskedAnswer, 'answer'>, signal: AbortSignal): Promise<Settled<AskedAnswer>> {
  for (;;) {
    const turn = await deps.sessions.readTurn(asked.turnId);
    if (turn === undefined) return refuse('not-found', `the turn ${asked.turnId} is gone`);
    if (turn.status === 'completed') return done({ ...asked, answer: turn.answer ?? '' });
    if (hasEnded(turn))
      return refuse('failed', `the question was not answered: the turn ${turn.status}${turn.reason === undefined ? '' : ` (${turn.reason})`}`);
    if (signal.aborted) return refuse('timed-out', `no answer yet; it will be in the session ${asked.sessionKey}`, { turnId: asked.turnId });
    await deps.turnHint(asked.sessionKey, signal);
  }
}
