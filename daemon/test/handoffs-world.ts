/** A daemon with a team that may hand work over, for tests of what becomes of it. */
import { randomUUID } from 'node:crypto';
import { approvalView, cancelledHandoff, handoffView, requestedHandoff, type ApprovalView, type HandoffView, type RequestedHandoff } from '@guildhall/protocol';
import { z } from 'zod';
import { entriesOf, eventsOf, rehearsalOf, until } from '../../test/e2e/conversation.ts';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../../test/harness/daemon-process.ts';

export interface HandoffsWorld {
  readonly place: DaemonHome;
  readonly daemon: DaemonProcess;
  /** As the operator; throws unless the answer is 2xx. */
  operator(method: string, route: string, body?: unknown): Promise<unknown>;
  /** On behalf of the director. */
  dispatch(target: string, task: string, more?: object): Promise<RequestedHandoff>;
  handoffs(query?: string): Promise<readonly HandoffView[]>;
  /** When it has ended; within 20 seconds. */
  ended(id: string): Promise<HandoffView>;
  /** When it has this status; within 20 seconds. */
  reaches(id: string, status: HandoffView['status']): Promise<HandoffView>;
  cancel(id: string): Promise<z.output<typeof cancelledHandoff>>;
  approval(id: string): Promise<ApprovalView>;
  /** What was said in a session, as `[kind, text]`; nothing where there is none yet. */
  said(sessionKey: string): Promise<readonly (readonly [string, string])[]>;
  /** Types of the receipts of one handoff, in order. */
  receipts(id: string): Promise<readonly string[]>;
  /** As a person on a platform writes. The id of the turn. */
  write(text: string, from: { readonly platform: string; readonly chat: string; readonly peer?: string }): Promise<string>;
  stop(): Promise<void>;
}

export const director = { platform: 'telegram', chat: '-1' } as const;
export const directorKey = 'agent:director:telegram:group:chat=-1';
export const backendKey = 'agent:backend:telegram:group:chat=-2';

const team = {
  agents: { director: { default: true }, backend: {}, frontend: {}, qa: {} },
  bindings: [
    { agent: 'director', telegram: '-1' },
    { agent: 'backend', telegram: '-2' },
    { agent: 'frontend', telegram: '-3' },
  ],
  model: 'rehearsal/default',
};

const usualTriggers = {
  enabled: true,
  sources: { director: { allowed_targets: ['backend', 'frontend', 'qa'], max_depth: 2 }, backend: { allowed_targets: ['qa'], max_depth: 2 } },
};

export async function startHandoffsWorld(
  options: { readonly rules?: readonly object[]; readonly triggers?: object; readonly config?: object; readonly failpoints?: string } = {},
): Promise<HandoffsWorld> {
  const config = { ...team, session_triggers: { ...usualTriggers, ...options.triggers }, ...options.config };
  const place = createHome(JSON.stringify(config), rehearsalOf([...(options.rules ?? []), { say: 'I heard: {text}' }]));
  const daemon = await startDaemonProcess(place, options.failpoints === undefined ? {} : { failpoints: options.failpoints });
  return worldOf(place, daemon);
}

export function worldOf(place: DaemonHome, daemon: DaemonProcess): HandoffsWorld {
  const operator = async (method: string, route: string, body?: unknown): Promise<unknown> => {
    const answer = await daemon.request(method, route, body);
    if (answer === undefined || answer.status >= 300) throw new Error(`${method} ${route} was answered ${JSON.stringify(answer)}\n${daemon.output()}`);
    return answer.body;
  };
  const read = async (id: string) => handoffView.parse(await operator('GET', `/v1/handoffs/${id}`));
  return {
    place,
    daemon,
    operator,
    dispatch: async (target, task, more = {}) => requestedHandoff.parse(await operator('POST', '/v1/handoffs', { source: 'director', target, task, ...more })),
    handoffs: async (query = '') => z.array(handoffView).parse(await operator('GET', `/v1/handoffs?limit=100${query}`)),
    ended: (id) => until(`the end of ${id}`, async () => ((await read(id)).endedAt === null ? undefined : read(id))),
    reaches: (id, status) =>
      until(`${id} being ${status}`, async () => {
        const view = await read(id);
        return view.status === status ? view : undefined;
      }),
    cancel: async (id) => cancelledHandoff.parse(await operator('POST', `/v1/handoffs/${id}/cancel`, { reason: 'not wanted any more' })),
    approval: async (id) => approvalView.parse(await operator('GET', `/v1/approvals/${(await read(id)).approval?.id ?? ''}`)),
    async said(sessionKey) {
      const there = await daemon.request('GET', `/v1/sessions/${encodeURIComponent(sessionKey)}`);
      return there?.status === 404 ? [] : (await entriesOf(daemon, sessionKey)).map(({ kind, text }) => [kind, text] as const);
    },
    receipts: async (id) => (await eventsOf(daemon, `handoff:${id}`)).map(({ type }) => type),
    async write(text, from) {
      const body = { ...from, chatType: 'group', messageId: randomUUID(), text };
      return z.object({ turnId: z.string() }).parse(await operator('POST', '/v1/messages', body)).turnId;
    },
    async stop() {
      await daemon.stop();
      place.remove();
    },
  };
}
