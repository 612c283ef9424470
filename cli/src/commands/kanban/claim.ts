import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { claimAnswer, claimRequest, done, exitCodeOf, refuse, type ClaimAnswer, type JsonObject, type Settled } from '@guildhall/protocol';
import type { Daemon } from '../../http/daemon-client.ts';
import { duration, readInput } from '../../input.ts';
import { mayPass, pauses } from '../../streaming/follow-stream.ts';
import { joinShown, nothing, show, showBlock, type Shown } from '../../terminal/shown.ts';
import type { Screen } from '../../terminal/screen.ts';
import { timeSpan } from '../../terminal/words.ts';
import type { Call, RunVerb } from '../../verb.ts';
import { makeRequest } from '../../http/request-body.ts';

const input = z.object({
  id: z.string().min(1).optional(),
  lane: z.string().min(1).optional(),
  wait: z.union([z.literal('0').transform(() => 0), duration], 'a time such as 30s or 5m is wanted').default(0),
  board: z.string().min(1).optional(),
  requestId: z.string().min(1).optional(),
});

/** The lane of the people at this installation. */
const operatorLane = 'operator';
/** A request waits at most so long; a longer wait is several of them. */
const longestWaitMs = 30_000;

export const claimTask: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id, lane: named, wait, board, requestId = randomUUID() } = options.value;
  const body = makeRequest(claimRequest, { requestId, task: id, board });
  if (!body.ok) return body;
  const found = await claimInSomeLane(call, named, body.value, wait * 1000);
  if (!found.ok) return found;
  const { lane, answer: value } = found.value;
  const { screen } = call.output;
  if (value !== null) return done({ json: value, text: () => describeClaim(screen, value, lane) });
  const within = wait === 0 ? show`now; wait for one with --wait 30s` : show`within ${timeSpan(wait * 1000)}`;
  return done({ json: null, text: () => show`Nothing to claim for the lane ${lane} ${within}.`, exit: exitCodeOf('timed-out') });
};

interface LaneAnswer {
  readonly lane: string;
  readonly answer: ClaimAnswer | null;
}

/** Without a name: the operator's lane, or the one lane a lane's own credential is good for, which the daemon names when it refuses. */
async function claimInSomeLane(call: Call, named: string | undefined, body: JsonObject, waitMs: number): Promise<Settled<LaneAnswer>> {
  const lane = named ?? operatorLane;
  const answer = await waitForClaim(call, lane, body, waitMs);
  if (answer.ok) return done({ lane, answer: answer.value });
  if (named !== undefined || answer.refusal.code !== 'not-allowed') return answer;
  const own = answer.refusal.details?.['lane'];
  if (typeof own === 'string' && own !== operatorLane) return claimInSomeLane(call, own, body, waitMs);
  const hint = 'If your credential is that of a lane, name the lane: guildhall kanban claim --lane NAME';
  return refuse('not-allowed', `${answer.refusal.message}. ${hint}`, { ...answer.refusal.details });
}

/** Asks again and again until the time is over, also over a restart of the daemon: the same request id never makes two claims. */
async function waitForClaim(call: Call, lane: string, body: JsonObject, waitMs: number): Promise<Settled<ClaimAnswer | null>> {
  const until = call.output.screen.now + waitMs;
  const pause = pauses(waitMs, call.signal);
  for (let tries = 1; ; tries += 1) {
    const left = Math.max(0, until - call.output.screen.now);
    const daemon = await call.connect();
    const answer = daemon.ok ? await askForClaim(daemon.value, lane, body, Math.min(left, longestWaitMs)) : daemon;
    if (answer.ok && (answer.value !== null || call.output.screen.now >= until)) return answer;
    const neverWas = !answer.ok && tries === 1 && (!daemon.ok || answer.refusal.details?.['reason'] === 'ECONNREFUSED');
    const mayComeYet = answer.ok || (!neverWas && mayPass(answer.refusal));
    if (!mayComeYet || !(await pause())) return answer;
  }
}

function askForClaim(daemon: Daemon, lane: string, body: JsonObject, waitMs: number): Promise<Settled<ClaimAnswer | null>> {
  return daemon.ask('post', '/v1/lanes/{lane}/claims', claimAnswer.nullable(), {
    params: { lane },
    query: { waitMs: Math.ceil(waitMs) },
    body,
    timeoutMs: waitMs + 15_000,
  });
}

function describeClaim({ paint, marks }: Screen, { task, run, claim }: ClaimAnswer, lane: string): Shown {
  return joinShown([
    show`${paint('green', marks.yes)} ${paint('bold', task.id)} "${task.title}" is yours in the lane ${lane}, attempt ${run.attempt}. Say within ${timeSpan(claim.expiresInMs)} that you live.`,
    ...(task.body === '' ? [] : [showBlock(task.body, '  ')]),
    ...task.acceptance.map((criterion, at) => show`  ${at + 1}. ${criterion}`),
    nothing,
    show`  export GUILDHALL_CLAIM_TOKEN=${claim.token}`,
    show`  guildhall kanban heartbeat ${task.id}`,
    show`  guildhall kanban complete ${task.id} --summary "what was done"`,
    paint('dim', show`  or: block ${task.id} "why" --kind needs_input, release ${task.id}. The token is good for this task only, until the claim ends.`),
  ]);
}
