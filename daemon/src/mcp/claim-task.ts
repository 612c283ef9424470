/** `claim_task`: waits for work. Its answer leaves before usual clients give up, and a task whose client has given up meanwhile goes back. */
import type { Clock } from '@guildhall/kernel';
import { done, refuse, type ClaimAnswer, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import type { BoardCaller, BoardOperations } from '../board-operations.ts';
import { holdClaim, renewClaims, restUntilRenewal } from './held-claims.ts';
import { laneOfCall } from './lane-of-call.ts';
import { mcpTool, type ToolCall } from './mcp-tool.ts';

/** Usual clients wait 60 s for a tool. */
const longestWaitSeconds = 55;
const usualWaitSeconds = 20;
/** Tasks one session may hold, whatever the capacity of its lane. */
const mostClaims = 100;

const input = z.strictObject({
  wait_seconds: z.number().min(0).max(longestWaitSeconds).default(usualWaitSeconds).describe('How long to wait for a task; 0: not at all'),
  task_id: z.string().min(1).max(200).optional().describe('Exactly this task'),
  board: z.string().min(1).max(64).optional().describe('Only from this board'),
});

export function claimTaskTool(board: BoardOperations, clock: Clock) {
  return mcpTool({
    name: 'claim_task',
    audience: 'lane',
    description: `Take the next task for your lane, waiting up to wait_seconds (at most ${longestWaitSeconds}) for one. "claimed": false: nothing yet, call again. While you hold the task nobody else can have it.`,
    input,
    async run(args, call) {
      const lane = laneOfCall(call);
      if (!lane.ok) return lane;
      if ((call.session?.claims.size ?? 0) >= mostClaims)
        return refuse('limit-reached', `this MCP session holds ${mostClaims} tasks, which is the most; complete or release one`);
      const claimed = await whileTelling(board, clock, call, () => claim(board, lane.value, args, call));
      if (!claimed.ok) return claimed;
      if (claimed.value === null) return done({ claimed: false, hint: 'There is nothing for this lane now. Call claim_task again to go on waiting.' });
      return keep(board, claimed.value, call);
    },
  });
}

function claim(board: BoardOperations, lane: string, args: z.output<typeof input>, call: ToolCall) {
  const request = {
    ...(call.requestId === undefined ? {} : { requestId: call.requestId }),
    ...(args.task_id === undefined ? {} : { task: args.task_id }),
    ...(args.board === undefined ? {} : { board: args.board }),
    ...(call.client === undefined ? {} : { version: call.client }),
  };
  return board.claim(lane, request, { kind: 'credential', credential: call.by }, args.wait_seconds * 1000, call.signal);
}

async function keep(board: BoardOperations, claimed: ClaimAnswer, call: ToolCall): Promise<Settled<object>> {
  const { task, run, claim: held } = claimed;
  const caller: BoardCaller = { kind: 'credential', credential: call.by, claimToken: held.token };
  if (call.signal.aborted) {
    await board.release(task.id, 'the client that asked for it had gone', caller);
    return refuse('timed-out', `nobody waited for ${task.id} any longer; it was given back`);
  }
  if (call.session !== undefined) holdClaim(call.session, task.id, { token: held.token, leaseMs: held.expiresInMs });
  return done({ claimed: true, task, run: { id: run.id, attempt: run.attempt }, claim: held, claim_token: held.token });
}

/** Does it while telling the client that the wait goes on, and keeping what the session holds already. */
async function whileTelling<T>(board: BoardOperations, clock: Clock, call: ToolCall, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const telling = async () => {
    const began = clock.mono();
    while (!over.signal.aborted) {
      await restUntilRenewal(clock, call.session, over.signal);
      if (over.signal.aborted) return;
      call.progress(Math.round((clock.mono() - began) / 1000), 'waiting for a task');
      if (call.session !== undefined) await renewClaims(board, call.by, call.session);
    }
  };
  const told = telling();
  try {
    return await work();
  } finally {
    over.abort();
    await told;
  }
}
