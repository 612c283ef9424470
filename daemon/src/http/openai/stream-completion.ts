/**
 * One turn as `chat.completion.chunk`s. Text is passed on while it is made; what of the answer did not come that way is sent at the end, so that a client always ends up with the
 * whole answer. A chunk cannot be taken back: when a model step broke off and is tried again, the client sees both beginnings.
 */
import { done, type Settled, type StreamEvent } from '@guildhall/protocol';
import type { Credential } from '@guildhall/authority';
import type { Call, Reply } from '../endpoint.ts';
import { openAiErrorOf } from '../problems.ts';
import { eventFrame } from '../server-sent-events.ts';
import type { AskedTurn, CompletionParts } from './asked-turn.ts';
import { waitForTurn } from './turn-end.ts';
import { chunkOf, usageChunkOf, type CompletionHead } from './wire.ts';

/** How long the last deltas may arrive after the turn is known to have ended. */
const graceMs = 250;

export async function streamCompletion(
  parts: CompletionParts,
  head: CompletionHead,
  asked: AskedTurn,
  withUsage: boolean,
  call: Call<Credential>,
): Promise<Settled<Reply>> {
  const opened = call.openEventStream();
  if (!opened.ok) return opened;
  const stream = opened.value;
  const say = async (value: unknown) => void (await stream.send(eventFrame(JSON.stringify(value))));
  await say(chunkOf(head, asked.agent.rehearsal, { role: 'assistant', content: '' }));
  const sent = createSentText((content) => say(chunkOf(head, asked.agent.rehearsal, { content })));
  const forwarded = new AbortController();
  const ended = waitForTurn(parts, asked.turnId, call.signal);
  const stopAfterEnd = ended.then(() => parts.clock.sleep(graceMs, forwarded.signal)).finally(() => forwarded.abort());
  await forward(parts, asked, sent, AbortSignal.any([call.signal, forwarded.signal]));
  forwarded.abort();
  await stopAfterEnd;
  const turn = await ended;
  if (turn.ok) {
    await sent.complete(turn.value.answer ?? '');
    await say(chunkOf(head, turn.value.usage.rehearsal, {}, 'stop'));
    if (withUsage) await say(usageChunkOf(head, turn.value.usage));
    await stream.send(eventFrame('[DONE]'));
  } else if (!call.signal.aborted) await say(openAiErrorOf(turn.refusal));
  stream.end();
  return done({ kind: 'sent' });
}

/** Passes on the text of this turn until it ends. Text of another turn in the same session is not this answer. */
async function forward({ operations }: CompletionParts, asked: AskedTurn, sent: SentText, signal: AbortSignal): Promise<void> {
  if (asked.afterSeq === undefined) return;
  const events = operations.streamSession(asked.sessionKey, asked.afterSeq, signal);
  if (!events.ok) return;
  let mine = false;
  for await (const { event } of events.value) {
    if (signal.aborted || isEndOf(event, asked.turnId)) return;
    if (event.type === 'RUN_STARTED') mine = event.runId === asked.turnId;
    else if (mine && event.type === 'TEXT_MESSAGE_CONTENT') await sent.add(event.messageId, event.delta);
  }
}

function isEndOf(event: StreamEvent, turnId: string): boolean {
  return (event.type === 'RUN_FINISHED' || event.type === 'RUN_ERROR') && event.runId === turnId;
}

interface SentText {
  add(messageId: string, delta: string): Promise<void>;
  /** Sends what is missing of the answer. */
  complete(answer: string): Promise<void>;
}

/** Keeps the text of the message that is being sent, to know what of the answer is missing. Messages are set apart by an empty line. */
function createSentText(send: (content: string) => Promise<void>): SentText {
  let current: { readonly messageId: string; text: string } | undefined;
  return {
    async add(messageId, delta) {
      if (delta === '') return;
      const apart = current !== undefined && current.messageId !== messageId ? '\n\n' : '';
      if (current?.messageId === messageId) current.text += delta;
      else current = { messageId, text: delta };
      await send(`${apart}${delta}`);
    },
    async complete(answer) {
      const text = current?.text ?? '';
      if (text.endsWith(answer)) return;
      if (answer.startsWith(text)) await send(answer.slice(text.length));
      else await send(`\n\n${answer}`);
    },
  };
}
