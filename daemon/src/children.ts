/**
 * Delegated children: a synchronous part of a turn that runs as a turn of its own, in a session of its own, under its parent's authority narrowed. The child is accepted like any message, under
 * an id made of the call, so that a parent that is resumed finds the child it had and never starts a second.
 */
import { deriveProvenance } from '@guildhall/authority';
import type { Clock, Ids } from '@guildhall/kernel';
import { type PolicyLayer, type Settled, done, formatSessionKey, refuse } from '@guildhall/protocol';
import { goesOnLater, type SessionRunner, type SessionStore, type ToolContext, type Turn } from '@guildhall/sessions';

/** Platform of the messages that start children; nothing outside can use it. */
export const delegatePlatform = 'delegate';

export interface ChildTask {
  readonly goal: string;
  readonly context: string;
  /** A few words on the part the child plays; shown to it. */
  readonly role: string;
}

interface ChildLimits {
  readonly maxDepth: number;
  readonly maxChildren: number;
}

export interface ChildDeps {
  readonly store: SessionStore;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly runner: () => SessionRunner;
  readonly limitsOf: (agent: string) => ChildLimits;
  readonly policyOf: (agent: string) => readonly PolicyLayer[];
  /** Runs work under one name in the order it was asked for: children are counted and accepted one after the other, so that none slips past the limit. */
  readonly oneAtATime: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** Resolves when a turn of the session may have ended; a hint. */
  readonly turnHint: (sessionKey: string, signal: AbortSignal) => Promise<void>;
}

/** A child answers its parent; it does not speak to people, ask them, or change what the agent remembers. */
const childLayer: PolicyLayer = { source: 'delegated child', allow: '*', deny: ['clarify', 'memory', 'send_message'] };

/** Runs one child to its end and gives its answer. `limit-reached` names the limit; `failed` carries the child's reason. */
export async function runChild(deps: ChildDeps, task: ChildTask, index: number, parent: ToolContext): Promise<Settled<string>> {
  const accepted = await deps.oneAtATime(parent.turnId, () => acceptChild(deps, task, index, parent));
  if (!accepted.ok) return accepted;
  deps.runner().wake(accepted.value.sessionKey);
  const turn = await awaitTurn(deps, accepted.value.turnId, accepted.value.sessionKey, parent.signal);
  if (turn === undefined && goesOnLater(parent.signal)) return refuse('draining', 'the child goes on when its parent does');
  if (turn === undefined) {
    await deps.store.requestCancel(accepted.value.turnId, `agent:${parent.agent}`);
    deps.runner().stopTurn(accepted.value.turnId);
    return refuse('failed', 'the child was stopped together with its parent');
  }
  if (turn.status === 'completed') return done(turn.answer ?? '');
  return refuse('failed', `the child ${turn.status}: ${turn.reason ?? 'no reason was recorded'}`);
}

async function acceptChild(
  deps: ChildDeps,
  task: ChildTask,
  index: number,
  parent: ToolContext,
): Promise<Settled<{ readonly sessionKey: string; readonly turnId: string }>> {
  const limits = deps.limitsOf(parent.agent);
  const depth = parent.provenance.hops.filter((hop) => hop.via === 'delegate').length;
  if (depth >= limits.maxDepth)
    return refuse('limit-reached', `children may nest ${limits.maxDepth} deep (subagents.max_depth of ${parent.agent}); do this part yourself`, {
      maxDepth: limits.maxDepth,
    });
  const thread = `${parent.callId}.${index}`;
  const open = await deps.store.countOpenChildren(parent.turnId);
  const again = await findChild(deps, parent, thread);
  if (again === undefined && open >= limits.maxChildren) {
    return refuse(
      'limit-reached',
      `${open} children run already (subagents.max_children of ${parent.agent} is ${limits.maxChildren}); wait for one, or do this part yourself`,
      { maxChildren: limits.maxChildren },
    );
  }
  const turnId = deps.ids.next('turn');
  const accepted = await deps.store.acceptMessage({
    message: { platform: delegatePlatform, account: 'default', chat: parent.turnId, chatType: 'thread', thread, messageId: thread, text: childPrompt(task) },
    from: `agent:${parent.agent}`,
    sessionKey: childSessionKey(parent, thread),
    agent: parent.agent,
    turnId,
    provenance: deriveProvenance(parent.provenance, {
      hop: { via: 'delegate', actor: `agent:${parent.agent}`, ref: parent.turnId },
      agent: parent.agent,
      trust: 'peer',
      layers: [...deps.policyOf(parent.agent), childLayer],
    }),
    busy: 'queue',
    maxQueued: 1,
    route: { rule: 'delegate_task' },
  });
  return accepted.ok ? done({ sessionKey: accepted.value.sessionKey, turnId: accepted.value.turnId }) : accepted;
}

function childSessionKey(parent: ToolContext, thread: string): string {
  return formatSessionKey({ kind: 'agent-chat', agent: parent.agent, platform: delegatePlatform, chatType: 'thread', chat: parent.turnId, thread });
}

async function findChild(deps: ChildDeps, parent: ToolContext, thread: string): Promise<Turn | undefined> {
  return (await deps.store.listTurns({ sessionKey: childSessionKey(parent, thread), limit: 1 }))[0];
}

function childPrompt(task: ChildTask): string {
  const role = task.role === '' ? '' : `Your part: ${task.role}\n\n`;
  const context = task.context === '' ? '' : `\n\nWhat you need to know:\n${task.context}`;
  return `${role}${task.goal}${context}\n\nAnswer with the result only; it goes back to the turn that asked you.`;
}

async function awaitTurn(deps: ChildDeps, turnId: string, sessionKey: string, signal: AbortSignal): Promise<Turn | undefined> {
  while (!signal.aborted) {
    const turn = await deps.store.readTurn(turnId);
    if (turn !== undefined && turn.status !== 'queued' && turn.status !== 'running') return turn;
    await deps.turnHint(sessionKey, signal);
  }
  return undefined;
}
