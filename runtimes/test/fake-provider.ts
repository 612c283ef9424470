/** A model server that does exactly what a test tells it, over real HTTP, and remembers what it was asked. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
  /** True once the other side hung up before the answer was complete. */
  hungUp: boolean;
}

export type Answer = (response: ServerResponse, asked: Asked) => void | Promise<void>;

export interface FakeProvider extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** Answers the n-th request with the n-th answer, later ones with the last. */
export async function fakeProvider(...answers: readonly Answer[]): Promise<FakeProvider> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const entry: Asked = {
        path: request.url ?? '',
        headers: request.headers,
        body: z.record(z.string(), z.unknown()).parse(JSON.parse(body === '' ? '{}' : body)),
        hungUp: false,
      };
      asked.push(entry);
      response.on('close', () => {
        entry.hungUp = !response.writableFinished;
      });
      return answers[Math.min(asked.length, answers.length) - 1]?.(response, entry);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, [Symbol.asyncDispose]: close };
}

export function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

export function send(response: ServerResponse, ...events: readonly unknown[]): void {
  for (const event of events) response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
}

/** A whole answer of server-sent events. */
export function streams(...events: readonly unknown[]): Answer {
  return (response) => {
    startStream(response);
    send(response, ...events);
    response.end();
  };
}

/** An answer that goes on as long as somebody reads it and `events` has more. */
export function floods(events: () => Iterable<unknown>): Answer {
  return async (response) => {
    startStream(response);
    const lines = Iterator.from(events()).map((event) => `data: ${JSON.stringify(event)}\n\n`);
    await pipeline(Readable.from(lines), response).catch(() => undefined);
  };
}

export function status(code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Events of Chat Completions. */
export const chat = {
  /** What comes before the first word. */
  greeting: chunk({ role: 'assistant', content: '' }),
  text: (content: string) => chunk({ role: 'assistant', content }),
  call: (index: number, id: string | null, name: string, args: string) =>
    chunk({ role: 'assistant', tool_calls: [{ index, ...(id === null ? {} : { id }), type: 'function', function: { name, arguments: args } }] }),
  end: (reason = 'stop', usage: unknown = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }) => ({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'fake',
    choices: [{ index: 0, delta: {}, finish_reason: reason }],
    usage,
  }),
  done: '[DONE]',
};

function chunk(delta: unknown) {
  return { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'fake', choices: [{ index: 0, delta, finish_reason: null }] };
}

/** A whole good answer. */
export const says = (content: string): Answer => streams(chat.text(content), chat.end(), chat.done);
