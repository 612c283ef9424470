/** A daemon with a board, and lanes that talk to it over HTTP, for tests. */
import { boardColumns, claimAnswer, registeredLane, taskDetail, taskView, type ClaimAnswer, type TaskDetail, type TaskView } from '@guildhall/protocol';
import { z } from 'zod';
import { createHome, startDaemonProcess, type DaemonHome, type DaemonProcess } from '../harness/daemon-process.ts';

export interface BoardWorld {
  readonly place: DaemonHome;
  /** The daemon that runs now; another one after `restart`. */
  daemon(): DaemonProcess;
  restart(): Promise<void>;
  registerLane(name: string, fields?: Readonly<Record<string, unknown>>): Promise<TestLane>;
  createTask(fields: Readonly<Record<string, unknown>>): Promise<TaskView>;
  readTask(id: string): Promise<TaskDetail>;
  /** As the operator; throws unless the answer is 2xx. */
  operator(method: string, route: string, body?: unknown): Promise<unknown>;
  counts(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export interface TestLane {
  readonly name: string;
  readonly token: string;
  /** A request as this lane, with a claim's token where one is given. */
  ask(method: string, route: string, body?: unknown, claimToken?: string): Promise<Answered>;
  /** Undefined when there was nothing. */
  claim(waitMs?: number, body?: Readonly<Record<string, unknown>>): Promise<ClaimAnswer | undefined>;
}

export async function startBoardWorld(
  options: { readonly config?: string; readonly rehearsal?: string; readonly databaseUrl?: string; readonly env?: Record<string, string> } = {},
): Promise<BoardWorld> {
  const { config = 'model: rehearsal/default\n', rehearsal, ...start } = options;
  const place = createHome(config, rehearsal);
  let daemon = await startDaemonProcess(place, start);
  const operator = async (method: string, route: string, body?: unknown): Promise<unknown> => {
    const answer = await daemon.request(method, route, body);
    if (answer === undefined || answer.status >= 300) throw new Error(`${method} ${route} was answered ${JSON.stringify(answer)}`);
    return answer.body;
  };
  return {
    place,
    daemon: () => daemon,
    async restart() {
      const port = Number(new URL(daemon.url).port);
      await daemon.kill9();
      daemon = await startDaemonProcess(place, { ...start, port });
    },
    operator,
    async registerLane(name, fields = {}) {
      const { token } = registeredLane.parse(await operator('POST', '/v1/lanes', { name, kind: 'persistent', ...fields }));
      const ask: TestLane['ask'] = (method, route, body, claimToken) => askAs(daemon.url, token, method, route, body, claimToken);
      return {
        name,
        token,
        ask,
        async claim(waitMs = 0, body = {}) {
          const answer = await ask('POST', `/v1/lanes/${name}/claims?waitMs=${waitMs}`, body);
          if (answer.status === 204) return undefined;
          if (answer.status !== 200) throw new Error(`the claim was answered ${JSON.stringify(answer)}`);
          return claimAnswer.parse(answer.body);
        },
      };
    },
    createTask: async (fields) => taskView.parse(await operator('POST', '/v1/boards/default/tasks', fields)),
    readTask: async (id) => taskDetail.parse(await operator('GET', `/v1/tasks/${id}`)),
    async counts() {
      const { columns } = boardColumns.parse(await operator('GET', '/v1/boards/default'));
      return Object.fromEntries(columns.map(({ status, count }) => [status, count]));
    },
    async stop() {
      await daemon.stop();
      place.remove();
    },
  };
}

export async function askAs(url: string, token: string, method: string, route: string, body?: unknown, claimToken?: string): Promise<Answered> {
  const response = await fetch(`${url}${route}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(claimToken === undefined ? {} : { 'claim-token': claimToken }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

export const problem = z.object({ code: z.string(), detail: z.string() });
