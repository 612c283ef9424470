/** One session, live, to one client. */
import { done, refuse, type Settled, type StreamEvent } from '@guildhall/protocol';
import type { Credential } from '@guildhall/authority';
import type { Operations } from '../operations.ts';
import type { Call, Reply } from './endpoint.ts';
import { eventFrame } from './server-sent-events.ts';

/** An event goes to every reader of its session as the same object: its text is made once. */
const texts = new WeakMap<StreamEvent, string>();

/** Starts behind `after`, or behind `Last-Event-ID` when a client reconnects, else with what comes next. */
export async function followSession(operations: Operations, key: string, after: number | undefined, call: Call<Credential>): Promise<Settled<Reply>> {
  const resume = call.header('last-event-id');
  if (resume !== undefined && !/^\d{1,15}$/.test(resume))
    return refuse('invalid-input', `Last-Event-ID is "${resume.slice(0, 60)}"; the ids of this stream are numbers of entries.`);
  const events = operations.streamSession(key, resume === undefined ? after : Number(resume), call.signal);
  if (!events.ok) return events;
  const stream = call.openEventStream();
  if (!stream.ok) return stream;
  for await (const { id, event } of events.value) {
    if (call.signal.aborted || !(await stream.value.send(eventFrame(textOf(event), id)))) break;
  }
  stream.value.end('the stream was cut; connect again and resume');
  return done({ kind: 'sent' });
}

function textOf(event: StreamEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = JSON.stringify(event);
  texts.set(event, text);
  return text;
}
