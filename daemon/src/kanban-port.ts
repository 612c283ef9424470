/**
 * The kanban tools of agents, answered by the board. An agent asks as itself, with the provenance of its turn; for the task its turn was started for it asks as the holder of that claim, as every
 * worker does. Nothing else a turn holds counts, and what an agent says in another turn is only its word.
 */
import { claimToken, type BoardStore } from '@guildhall/board';
import type { Settled } from '@guildhall/protocol';
import type { SessionStore, ToolContext } from '@guildhall/sessions';
import type { KanbanPort } from '@guildhall/tools';
import type { BoardCaller, BoardOperations } from './board-operations.ts';
import { runOfTurn } from './flows/task-opens-turn.ts';
import type { ClaimCredentials } from './operations/board/claim-credentials.ts';

export interface KanbanDeps {
  readonly operations: BoardOperations;
  readonly claims: Pick<ClaimCredentials, 'find'>;
  readonly board: Pick<BoardStore, 'liveClaims'>;
  readonly store: Pick<SessionStore, 'readTurn'>;
  /** What tokens of claims are derived with. */
  readonly installationKey: string;
}

export function kanbanPort(deps: KanbanDeps): KanbanPort {
  const { operations } = deps;
  /** As the holder of the task where this turn is, else as the agent. */
  const under = async <T>(task: string, context: ToolContext, ask: (by: BoardCaller) => Promise<Settled<T>>): Promise<Settled<T>> => {
    const run = await runOfTurn(deps, context.turnId);
    const credential = run?.task === task ? await deps.claims.find(claimToken(deps.installationKey, run)) : undefined;
    return ask(credential === undefined ? asAgent(context) : { kind: 'credential', credential });
  };
  return {
    async ownTask(context) {
      const run = await runOfTurn(deps, context.turnId);
      return run === undefined ? undefined : { task: run.task, board: run.board, runId: run.id };
    },
    readTask: (task, context) => under(task, context, (by) => operations.readTask(task, by)),
    listTasks: (board, query, context) => operations.listTasks(board, query, asAgent(context)),
    createTask: (board, request, context) => operations.createTask(board, request, asAgent(context)),
    completeTask: (task, request, context) => under(task, context, (by) => operations.complete(task, request, by)),
    blockTask: (task, request, context) => under(task, context, (by) => operations.block(task, request, by)),
    unblockTask: (task, reason, context) => operations.unblockTask(task, reason, asAgent(context)),
    heartbeat: (task, request, context) => under(task, context, (by) => operations.heartbeat(task, request, by)),
    comment: (task, text, context) => under(task, context, (by) => operations.comment(task, text, by)),
    linkTasks: (parent, child, context) => operations.linkTasks(parent, child, asAgent(context)),
    attach: (task, file, context) => under(task, context, (by) => operations.attach(task, file, by)),
    readAttachment: (task, id, context) => operations.readAttachment(task, id, asAgent(context)),
  };
}

function asAgent({ agent, provenance, turnId }: ToolContext): BoardCaller {
  return { kind: 'agent', agent, provenance, turnId };
}
