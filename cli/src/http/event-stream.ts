/** Server-sent events and lines out of the body of an answer. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** One server-sent event; `id` is the place to go on from. */
export type StreamMessage = EventSourceMessage;

type Body = AsyncIterable<Uint8Array>;

/** Events until the other side ends the answer or the connection breaks, both of which simply end the iteration: whoever reads knows from what was said whether that was the end. */
export async function* readMessages(body: Body): AsyncGenerator<StreamMessage> {
  const waiting: StreamMessage[] = [];
  const parser = createParser({ onEvent: (message) => waiting.push(message) });
  try {
    for await (const text of readText(body)) {
      parser.feed(text);
      yield* waiting.splice(0);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

/** Lines without their end. A connection that breaks is an error of the caller's loop: half a file must not look like a whole one. */
export async function* readLines(body: Body): AsyncGenerator<string> {
  let rest = '';
  for await (const text of readText(body)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function* readText(body: Body): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
