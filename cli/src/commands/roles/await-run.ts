import { done, exitCodeOf, roleRunView, type ExitCode, type RoleRunView, type Settled, shellWord } from '@guildhall/protocol';
import { mayPass, pauses } from '../../streaming/follow-stream.ts';
import { show } from '../../terminal/shown.ts';
import { timeSpan } from '../../terminal/words.ts';
import type { Call } from '../../verb.ts';

/** A request waits at most so long; a longer wait is several of them. */
const longestWaitMs = 25_000;

/** The run when it has ended, or as it is when the time is over; over restarts of the daemon too. Tells people on stderr how it goes. */
export async function awaitRun(call: Call, asked: RoleRunView, waitMs: number): Promise<Settled<RoleRunView>> {
  const until = call.output.screen.now + waitMs;
  const params = { plan: asked.plan, run: asked.id };
  let run = asked;
  let told: string | undefined;
  let pause = pauses(call.reconnectForMs, call.signal);
  for (;;) {
    if (told !== run.status) tellProgress(call, run);
    told = run.status;
    const left = until - call.output.screen.now;
    if (run.status === 'finished' || left <= 0) return done(run);
    const daemon = await call.connect();
    const wait = Math.min(left, longestWaitMs);
    const answer = daemon.ok
      ? await daemon.value.ask('get', '/v1/plans/{plan}/runs/{run}', roleRunView, { params, query: { waitMs: Math.ceil(wait) }, timeoutMs: wait + 15_000 })
      : daemon;
    if (answer.ok) pause = pauses(call.reconnectForMs, call.signal);
    else if (call.signal.aborted) return tellStillWorking(call, asked, answer);
    else if (!mayPass(answer.refusal) || !(await pause())) return answer;
    if (answer.ok) run = answer.value;
  }
}

/** 0 it succeeded · 1 it failed, was cancelled or shows nothing · 3 it was blocked · 6 it has not ended. */
export function exitOfRun({ outcome }: RoleRunView): ExitCode {
  switch (outcome) {
    case 'succeeded':
      return 0;
    case 'blocked':
      return exitCodeOf('wrong-state');
    case null:
      return exitCodeOf('timed-out');
    case 'failed':
    case 'unproven':
    case 'cancelled':
      return exitCodeOf('failed');
    default:
      return outcome satisfies never;
  }
}

function tellProgress(call: Call, run: RoleRunView): void {
  const { output } = call;
  const { paint, now } = output.screen;
  const since = paint('dim', timeSpan(now - run.createdAt));
  if (run.status === 'waiting-for-person')
    return output.tell(show`${run.role}: ${paint('yellow', 'waits for a person')}. Answer: guildhall roles answer ${run.id} "…" --plan ${shellWord(run.plan)}`);
  if (run.status !== 'finished') output.tell(show`${run.role}: ${run.status} ${paint('dim', run.id)} ${since}`);
}

/** Whoever stops waiting does not stop the role. */
function tellStillWorking(call: Call, run: RoleRunView, answer: Settled<RoleRunView>): Settled<RoleRunView> {
  const stop = run.turnId === null ? '' : ` Stop it: guildhall sessions cancel ${shellWord(run.sessionKey)}`;
  call.output.tell(show`The role works on.${stop} See it: guildhall roles runs --plan ${shellWord(run.plan)} --role ${run.role}`);
  return answer;
}
