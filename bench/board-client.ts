/** The board over HTTP as lanes use it: kept-alive connections and as little of the client's own time as can be. */
import { Agent, request } from 'node:http';
import type { DaemonProcess } from '../test/harness/daemon-process.ts';

export interface BoardClient {
  createTask(assignee: string, number: number): Promise<string>;
  registerLane(name: string, capacity: number): Promise<BenchLane>;
  /** Any GET; answers the bytes of the body. */
  read(route: string): Promise<number>;
  close(): void;
}

export interface BenchLane {
  readonly name: string;
  /** Undefined when nothing came within `waitMs`. */
  claim(waitMs: number): Promise<{ readonly task: string; readonly token: string } | undefined>;
  complete(claim: { readonly task: string; readonly token: string }): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

export function connectBoard(daemon: DaemonProcess): BoardClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 2000 });
  const ask = (method: string, route: string, bearer: string, body?: unknown, claimToken?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const opened = request(`${daemon.url}${route}`, {
        agent,
        method,
        headers: {
          authorization: `Bearer ${bearer}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(claimToken === undefined ? {} : { 'claim-token': claimToken }),
        },
      });
      opened.on('error', reject);
      opened.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      opened.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    async createTask(assignee, number) {
      const made = await ask('POST', '/v1/boards/default/tasks', daemon.token, { title: `Task ${number}`, body: 'Count the words.', assignee });
      return (JSON.parse(expectStatus(made, 200, 201)) as { id: string }).id;
    },
    async registerLane(name, capacity) {
      const registered = await ask('POST', '/v1/lanes', daemon.token, { name, kind: 'persistent', capacity });
      const { token } = JSON.parse(expectStatus(registered, 200, 201)) as { token: string };
      return {
        name,
        async claim(waitMs) {
          const claimed = await ask('POST', `/v1/lanes/${name}/claims?waitMs=${waitMs}`, token, {});
          if (expectStatus(claimed, 200, 204) === '') return undefined;
          const { task, claim } = JSON.parse(claimed.text) as { task: { id: string }; claim: { token: string } };
          return { task: task.id, token: claim.token };
        },
        async complete(claim) {
          expectStatus(await ask('POST', `/v1/tasks/${claim.task}/complete`, token, { summary: 'Three words.' }, claim.token), 200);
        },
      };
    },
    read: async (route) => expectStatus(await ask('GET', route, daemon.token), 200).length,
    close: () => agent.destroy(),
  };
}

function expectStatus({ status, text }: Answer, ...expected: readonly number[]): string {
  if (!expected.includes(status)) throw new Error(`the daemon answered ${status}: ${text.slice(0, 500)}`);
  return text;
}
