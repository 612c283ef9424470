/**
 * Agents as lanes: a task that an agent has claimed becomes a message in a session the agent has for this task, accepted once by the id of the run. The run lives as long as the turn; the
 * agent ends it with its tools, or the end of the turn does.
 */
import { checkChain, deriveProvenance } from '@guildhall/authority';
import { judgeTurn, type BoardStore, type Run, type Task, type TaskFacts, type TurnState } from '@guildhall/board';
import type { Clock, Ids } from '@guildhall/kernel';
import { type PolicyLayer, type Provenance, type Refusal, type Settled, formatSessionKey, refuse, sessionStream } from '@guildhall/protocol';
import type { Accepted, SessionRunner, SessionStore, Turn } from '@guildhall/sessions';
import { createGlance, stopwatch, watchClaim, watchOn, type ClaimWatch, type Glance, type HeldRun, type Watch } from '../dispatcher/held-run.ts';
import type { JournalTail } from '../journal-tail.ts';
import { withTaskTools } from '../task-turn-policy.ts';
import { taskPrompt } from './task-prompt.ts';

/** Platform of the messages that tasks become; nothing outside can use it. */
export const boardPlatform = 'board';

export interface TaskTurnDeps {
  readonly board: BoardStore;
  readonly store: SessionStore;
  readonly runner: () => SessionRunner;
  readonly tail: JournalTail;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly policyOf: (agent: string) => readonly PolicyLayer[];
  /** The tasks that mend findings: their turns are work of the role that mends. Undefined for every other task. */
  readonly acceptAsRole: (facts: TaskFacts, run: Run, agent: string) => Promise<Settled<Pick<Accepted, 'turnId' | 'sessionKey'>> | undefined>;
  readonly onFault: (error: unknown) => void;
}

/** A lost hint costs at most this long. */
const lookEveryMs = 2000;

/** The run that a turn works on; undefined for a turn that no task opened, or whose claim is over. What an agent says with its kanban tools is said under its claim. */
export async function runOfTurn(
  deps: { readonly board: Pick<BoardStore, 'liveClaims'>; readonly store: Pick<SessionStore, 'readTurn'> },
  turnId: string,
): Promise<Run | undefined> {
  const turn = await deps.store.readTurn(turnId);
  if (turn?.message.platform !== boardPlatform) return undefined;
  const live = await deps.board.liveClaims([turn.agent]);
  return live.find(({ run }) => run.id === turn.message.messageId)?.run;
}

/** How a run names the turn that works on it. */
export function turnMark(turnId: string): string {
  return `turn:${turnId}`;
}

export function watchTurn(deps: TaskTurnDeps, held: HeldRun, agent: string): Watch {
  const stopped = new AbortController();
  const glance = createGlance(deps.clock, stopped.signal);
  const claim = watchClaim(deps, held, glance.hurry);
  const watching = { deps, held, agent, claim, glance, stopped: stopped.signal };
  const ended = watchOn(deps, stopped.signal, () => watchToTheEnd(watching)).finally(claim.stop);
  const wake = () => {
    claim.doubt();
    glance.hurry();
  };
  return { wake, ended, stop: () => stopped.abort() };
}

interface Watching {
  readonly deps: TaskTurnDeps;
  readonly held: HeldRun;
  readonly agent: string;
  readonly claim: ClaimWatch;
  readonly glance: Glance;
  readonly stopped: AbortSignal;
}

async function watchToTheEnd(watching: Watching): Promise<void> {
  const { deps, held, claim, glance } = watching;
  const accepted = await acceptTask(watching);
  if (!accepted.ok) {
    await endUnbegun(watching, accepted.refusal);
    return;
  }
  const { turnId, sessionKey } = accepted.value;
  const stopListening = deps.tail.onStream(sessionStream(sessionKey), glance.hurry);
  try {
    if (held.run.worker === null) await deps.board.recordWorker(claim.proof, { pid: 0, mark: turnMark(turnId), startedAt: deps.clock.now() });
    deps.runner().wake(sessionKey);
    await followTurn(watching, turnId);
  } finally {
    stopListening();
  }
}

/** What only a person can change, such as a role that is retired, is asked of a person: trying again would find the same. */
async function endUnbegun({ deps, held, claim }: Watching, { code, message }: Refusal): Promise<void> {
  const { provenance } = held.task;
  const goesOn = checkChain({ ...provenance, depth: provenance.depth + 1 }).ok;
  if (code !== 'wrong-state' && goesOn) {
    await deps.board.failClaim(claim.proof, 'crashed', `its turn could not begin: ${message}`);
    return;
  }
  const reason = `${message}; then let the task go on: guildhall kanban unblock ${held.task.id}`;
  await deps.board.blockClaim(claim.proof, { kind: 'needs_input', reason, dependsOn: [], retryAfterMs: null });
}

/** The same run again finds the turn it had. */
async function acceptTask({ deps, held, agent }: Watching): Promise<Settled<Pick<Accepted, 'turnId' | 'sessionKey'>>> {
  const { task, run } = held;
  const facts = await deps.board.readTaskDetail(task.id);
  if (facts === undefined) return refuse('not-found', `there is no task ${task.id} any more`);
  const asRole = await deps.acceptAsRole(facts, run, agent);
  if (asRole !== undefined) return asRole;
  return deps.store.acceptMessage({
    message: {
      platform: boardPlatform,
      account: 'default',
      chat: task.board,
      chatType: 'thread',
      thread: task.id,
      messageId: run.id,
      text: taskPrompt(facts),
    },
    from: `board:${task.board}`,
    sessionKey: formatSessionKey({ kind: 'agent-chat', agent, platform: boardPlatform, chatType: 'thread', chat: task.board, thread: task.id }),
    agent,
    turnId: deps.ids.next('turn'),
    provenance: provenanceOf(task, agent, deps.policyOf(agent)),
    busy: 'queue',
    maxQueued: 10,
    route: { rule: `task ${task.id} is assigned to ${agent}` },
  });
}

/** Who made the task may have had no use for the tools that finish one. */
function provenanceOf(task: Task, agent: string, own: readonly PolicyLayer[]): Provenance {
  const hop = { via: 'task', actor: task.createdBy, ref: task.id } as const;
  const derived = deriveProvenance(task.provenance, { hop, agent, layers: own, budgets: [`agent:${agent}`] });
  return { ...derived, layers: withTaskTools(derived.layers) };
}

async function followTurn({ deps, held, claim, glance, stopped }: Watching, turnId: string): Promise<void> {
  const ranMs = stopwatch(deps.clock, held.run);
  while (!stopped.aborted) {
    const turn = stateOf(await deps.store.readTurn(turnId));
    await claim.look(turn.kind !== 'active');
    const step = judgeTurn({ claim: claim.state(), turn, ranMs: ranMs(), maxRuntimeMs: held.task.maxRuntimeMs });
    if (step.do === 'forget') return;
    if (step.do === 'fail') {
      await deps.board.failClaim(claim.proof, step.outcome, step.reason);
      return;
    }
    if (step.do === 'ask-person') {
      await deps.board.blockClaim(claim.proof, { kind: 'needs_input', reason: step.reason, dependsOn: [], retryAfterMs: null });
      return;
    }
    if (step.do === 'cancel') {
      await deps.store.requestCancel(turnId, 'dispatcher');
      deps.runner().stopTurn(turnId);
    }
    await glance.rest(lookEveryMs);
  }
}

function stateOf(turn: Turn | undefined): TurnState {
  if (turn === undefined) return { kind: 'failed', reason: 'it is gone' };
  const reason = turn.reason ?? 'no reason was recorded';
  switch (turn.status) {
    case 'queued':
    case 'running':
      return { kind: 'active' };
    case 'completed':
      return { kind: 'answered', text: turn.answer ?? '' };
    case 'absorbed':
      return { kind: 'failed', reason: 'it was taken into another turn of its session' };
    case 'cancelled':
      return { kind: 'cancelled', reason };
    case 'failed':
      return { kind: 'failed', reason };
    default:
      return turn.status satisfies never;
  }
}
