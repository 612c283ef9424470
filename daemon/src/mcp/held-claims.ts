/** The claims of a session: found again for a call, renewed whenever the client shows that it lives, forgotten when they have ended. */
import { laneOf, type Credential } from '@guildhall/authority';
import type { Clock } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { BoardCaller, BoardOperations } from '../board-operations.ts';
import type { HeldClaim, McpSession } from './mcp-sessions.ts';
import type { ToolCall } from './mcp-tool.ts';

/** Between two renewals at most; shorter where a lease is, but never without a pause. */
const renewEveryMs = 10_000;
const shortestPauseMs = 100;

export interface ClaimChoice {
  readonly task_id?: string | undefined;
  readonly claim_token?: string | undefined;
}

/** The task a call is for, and who asks with what token. Without a token the board itself says who may do without. */
export function underClaim(
  { by, session, claimHeader }: Pick<ToolCall, 'by' | 'session' | 'claimHeader'>,
  choice: ClaimChoice,
): Settled<{ readonly task: string; readonly caller: BoardCaller }> {
  const task = choice.task_id ?? taskOfClaim(by) ?? onlyTask(session);
  if (task === undefined) return refuse('invalid-input', whichTask(session));
  const token = choice.claim_token ?? session?.claims.get(task)?.token ?? claimHeader;
  if (token !== undefined) return done({ task, caller: { kind: 'credential', credential: by, claimToken: token } });
  if (laneOf(by) !== undefined)
    return refuse(
      'not-allowed',
      `No claim on ${task} is known here: it was never taken in this MCP session, it has ended, or the daemon or your client was restarted since. Pass claim_token as claim_task answered it; without one, claim the task with claim_task and task_id.`,
      { task },
    );
  return done({ task, caller: { kind: 'credential', credential: by } });
}

/** The task whose claim this credential is. */
export function taskOfClaim(by: Credential): string | undefined {
  return by.scopes.find((scope) => scope.startsWith('claim:'))?.slice('claim:'.length);
}

function onlyTask(session: McpSession | undefined): string | undefined {
  const held = [...(session?.claims.keys() ?? [])];
  return held.length === 1 ? held[0] : undefined;
}

function whichTask(session: McpSession | undefined): string {
  const held = [...(session?.claims.keys() ?? [])];
  if (held.length > 1) return `Give task_id: you hold ${held.join(', ')}.`;
  return 'Give task_id, and claim_token as claim_task answered it: this MCP session holds no task. It never claimed one, or the daemon or your client was restarted since.';
}

/** Extends every claim of the session. Answers the tasks whose claim had ended; they are forgotten. */
export async function renewClaims(board: BoardOperations, by: Credential, session: McpSession): Promise<readonly string[]> {
  const held = [...session.claims];
  const renewed = await Promise.all(held.map(([task, { token }]) => board.heartbeat(task, {}, { kind: 'credential', credential: by, claimToken: token })));
  return held.flatMap(([task, { token }], index) => {
    const answer = renewed[index];
    if (answer === undefined || session.claims.get(task)?.token !== token) return [];
    if (answer.ok) session.claims.set(task, { token, leaseMs: answer.value.expiresInMs });
    if (answer.ok || answer.refusal.code !== 'stale-claim') return [];
    session.claims.delete(task);
    return [task];
  });
}

export function holdClaim(session: McpSession, task: string, claim: HeldClaim): void {
  session.claims.set(task, claim);
  for (const wake of session.onClaim) wake();
}

/** Resolves when the claims of the session want to be renewed, three times in the shortest lease, or when `signal` aborts. */
export async function restUntilRenewal(clock: Clock, session: McpSession | undefined, signal: AbortSignal): Promise<void> {
  const began = clock.mono();
  const left = () =>
    Math.min(renewEveryMs, ...[...(session?.claims.values() ?? [])].map(({ leaseMs }) => Math.max(shortestPauseMs, leaseMs / 3))) - (clock.mono() - began);
  for (let ms = left(); ms > 0 && !signal.aborted; ms = left()) {
    const sooner = new AbortController();
    const wake = () => sooner.abort();
    session?.onClaim.add(wake);
    await clock.sleep(ms, AbortSignal.any([signal, sooner.signal]));
    session?.onClaim.delete(wake);
  }
}
