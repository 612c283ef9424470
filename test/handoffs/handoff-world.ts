/** What tests of handoffs do with a daemon: ask for handoffs, wait for them, wait until nothing is under way. */
import { setTimeout as pause } from 'node:timers/promises';
import { handoffView, type HandoffView, requestedHandoff, type RequestedHandoff } from '@guildhall/protocol';
import { z } from 'zod';
import type { DaemonProcess } from '../harness/daemon-process.ts';

const problem = z.object({
  code: z.string(),
  detail: z.string().optional(),
  details: z.looseObject({ handoff: z.string().optional(), guardrail: z.string().optional() }).optional(),
});

export type Dispatched = { readonly handoff: RequestedHandoff } | { readonly refused: z.output<typeof problem>; readonly status: number };

export async function dispatch(daemon: DaemonProcess, request: Readonly<Record<string, unknown>>): Promise<Dispatched> {
  const answer = await daemon.request('POST', '/v1/handoffs', request);
  if (answer !== undefined && answer.status < 300) return { handoff: requestedHandoff.parse(answer.body) };
  return { status: answer?.status ?? 0, refused: problem.parse(answer?.body) };
}

/** As `dispatch`, for one that must not be refused. */
export async function dispatched(daemon: DaemonProcess, request: Readonly<Record<string, unknown>>): Promise<RequestedHandoff> {
  const answer = await dispatch(daemon, request);
  if ('handoff' in answer) return answer.handoff;
  throw new Error(`the handoff was refused: ${JSON.stringify(answer)}`);
}

export async function readHandoff(daemon: DaemonProcess, id: string, waitMs = 0): Promise<HandoffView> {
  return handoffView.parse((await daemon.request('GET', `/v1/handoffs/${id}?waitMs=${waitMs}`))?.body);
}

export async function listHandoffs(daemon: DaemonProcess, query = ''): Promise<readonly HandoffView[]> {
  return z.array(handoffView).parse((await daemon.request('GET', `/v1/handoffs?limit=500${query}`))?.body);
}

const over = new Set<HandoffView['status']>(['refused', 'finished', 'cancelled', 'uncertain']);

/** The handoff once it has ended; within a minute. */
export async function ended(daemon: DaemonProcess, id: string): Promise<HandoffView> {
  for (let asked = 0; asked < 12; asked += 1) {
    const handoff = await readHandoff(daemon, id, 5000);
    if (over.has(handoff.status)) return handoff;
  }
  throw new Error(`the handoff ${id} had not ended after a minute:\n${daemon.output()}`);
}

const figures = z.looseObject({ turns: z.object({ queued: z.number(), running: z.number() }) });
const taskPage = z.object({ tasks: z.array(z.object({ status: z.string() })) });

/** Resolves when no turn, handoff or task has been under way for a second and a half. */
export async function quiet(daemon: DaemonProcess, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  let still = 0;
  while (still < 6) {
    const busy = await underWay(daemon);
    still = busy === '' ? still + 1 : 0;
    if (performance.now() > until) throw new Error(`still under way after ${withinMs} ms: ${busy}\n${daemon.output()}`);
    await pause(250);
  }
}

async function underWay(daemon: DaemonProcess): Promise<string> {
  const { turns } = figures.parse((await daemon.request('GET', '/v1/status'))?.body);
  const open = await listHandoffs(daemon, '&open=true');
  const { tasks } = taskPage.parse((await daemon.request('GET', '/v1/boards/default/tasks?limit=500'))?.body);
  const moving = tasks.filter(({ status }) => status === 'ready' || status === 'running' || status === 'todo');
  const schedules = z.array(z.looseObject({ status: z.string() })).parse((await daemon.request('GET', '/v1/schedules'))?.body);
  const due = schedules.filter(({ status }) => status === 'active');
  const said = { ...turns, handoffs: open.length, tasks: moving.length, schedules: due.length };
  return Object.values(said).some((count) => count > 0) ? JSON.stringify(said) : '';
}
