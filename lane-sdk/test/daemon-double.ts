/** What a lane sees of a daemon: a server on the wire that answers as it is told, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
  readonly claimToken: string | undefined;
  readonly once: string | undefined;
}

/** `hang-up` cuts the connection without an answer, `silence` never answers. */
export type Answer = { readonly status: number; readonly body?: unknown } | 'hang-up' | 'silence';

export interface DaemonDouble {
  readonly url: string;
  readonly asked: Asked[];
  stop(): Promise<void>;
}

export async function startDaemonDouble(answer: (asked: Asked, earlier: number) => Answer): Promise<DaemonDouble> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      const earlier = asked.filter(({ path }) => path === one.path).length;
      asked.push(one);
      reply(response, answer(one, earlier));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const header = (name: string) => request.headers[name]?.toString();
  return {
    path: request.url ?? '',
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    authorization: header('authorization'),
    claimToken: header('claim-token'),
    once: header('idempotency-key'),
  };
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === 'silence') return;
  if (answer === 'hang-up') {
    response.destroy();
    return;
  }
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
}

/** A claim as the daemon gives it; the lease lives for `leaseMs`. */
export function claimed(task: string, leaseMs: number): Answer {
  return {
    status: 200,
    body: {
      task: { id: task, title: `Task ${task}`, body: 'one two three', metadata: {} },
      run: { id: `run_${task}`, task, attempt: 1 },
      claim: { token: `ghclaim_${task}`, epoch: 1, expiresAt: 0, expiresInMs: leaseMs },
    },
  };
}

export function refused(status: number, code: string): Answer {
  return { status, body: { type: `urn:guildhall:refusal:${code}`, title: code, status, code, detail: `refused: ${code}` } };
}
