/** Verbs of whoever holds the claim on a task. */
import type { z } from 'zod';
import { refuse, taskDetail, type JsonObject, type Refusal, type Settled, type TaskDetail } from '@guildhall/protocol';
import type { Daemon, RoutePath } from '../../http/daemon-client.ts';
import { timeSpan } from '../../terminal/words.ts';
import type { Call } from '../../verb.ts';
import { readClaimToken, type ClaimTokenOptions } from './claim-token.ts';

export interface HolderRequest<T> {
  /** As in "only its holder can complete it". */
  readonly verb: string;
  readonly path: RoutePath;
  readonly task: string;
  readonly body: JsonObject;
  readonly answer: z.ZodType<T>;
  readonly token: ClaimTokenOptions;
  readonly timeoutMs?: number;
}

/** Sends it with the claim token there is. Without one a refusal says whom the task belongs to and what to do about it. */
export async function askAsHolder<T>(call: Call, request: HolderRequest<T>): Promise<Settled<T>> {
  const token = await readClaimToken(call, request.token);
  if (!token.ok) return token;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const headers = token.value === undefined ? {} : { 'claim-token': token.value };
  const { path, task, body, timeoutMs } = request;
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  const answer = await daemon.value.ask('post', path, request.answer, { params: { task }, body, headers, ...limit });
  if (answer.ok || token.value !== undefined) return answer;
  return { ok: false, refusal: await nameHolder(daemon.value, request, answer.refusal) };
}

const aboutTheClaim: readonly string[] = ['not-allowed', 'stale-claim', 'lease-held', 'wrong-state'];

async function nameHolder(daemon: Daemon, { task, verb }: HolderRequest<unknown>, refusal: Refusal): Promise<Refusal> {
  if (!aboutTheClaim.includes(refusal.code)) return refusal;
  const detail = await daemon.ask('get', '/v1/tasks/{task}', taskDetail, { params: { task } });
  const message = detail.ok ? explain(detail.value, verb) : undefined;
  if (!detail.ok || message === undefined) return refusal;
  return refuse(refusal.code, message, { ...refusal.details, status: detail.value.task.status, lane: detail.value.claim?.lane ?? null }).refusal;
}

function explain({ task, claim }: TaskDetail, verb: string): string | undefined {
  if (claim !== null) {
    return `${task.id} belongs to the lane ${claim.lane} (run ${claim.runId}, ${timeSpan(claim.expiresInMs)} left without a heartbeat): only its holder can ${verb} it. Give the claim token in GUILDHALL_CLAIM_TOKEN, or take the task back: guildhall kanban reclaim ${task.id}`;
  }
  if (task.status !== 'ready') return undefined;
  if (task.assignee === null) return `Nobody holds ${task.id}, and it has no assignee. Take it: guildhall kanban assign ${task.id} operator`;
  if (task.assignee === 'operator') return `Nobody holds ${task.id}: claim it before you ${verb} it: guildhall kanban claim ${task.id}`;
  return `Nobody holds ${task.id}; it waits for ${task.assignee}. To ${verb} it yourself: guildhall kanban assign ${task.id} operator, then guildhall kanban claim ${task.id}`;
}
