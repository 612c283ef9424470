import { z } from 'zod';
import { entryView, type EntryView, type StreamEvent } from '@guildhall/protocol';

const id = z.string();
const shapes = z.union([
  z.looseObject({ type: z.enum(['RUN_STARTED', 'RUN_FINISHED']), threadId: id, runId: id }),
  z.looseObject({ type: z.literal('TEXT_MESSAGE_START'), messageId: id }),
  z.looseObject({ type: z.literal('TEXT_MESSAGE_CONTENT'), messageId: id, delta: z.string() }),
  z.looseObject({ type: z.literal('TEXT_MESSAGE_END'), messageId: id }),
  z.looseObject({ type: z.literal('TOOL_CALL_START'), toolCallId: id, toolCallName: z.string() }),
  z.looseObject({ type: z.literal('TOOL_CALL_ARGS'), toolCallId: id, delta: z.string() }),
  z.looseObject({ type: z.literal('TOOL_CALL_END'), toolCallId: id }),
  z.looseObject({ type: z.literal('TOOL_CALL_RESULT'), messageId: id, toolCallId: id, content: z.string() }),
  z.looseObject({ type: z.literal('RUN_ERROR'), message: z.string(), runId: id }),
  z.looseObject({ type: z.literal('CUSTOM'), name: z.string(), value: z.record(z.string(), z.json()) }),
]);

/** Whether a stream said something the chat understands; events of a newer daemon pass by. */
export function isStreamEvent(data: unknown): data is StreamEvent {
  return shapes.safeParse(data).success;
}

export type CustomEvent = StreamEvent & { readonly type: 'CUSTOM' };

/** Which handoff a message was made for by the daemon, if it was. */
export function readHandoff(event: CustomEvent): EntryView['handoff'] {
  return entryView.shape.handoff.catch(undefined).parse(event.value['handoff']);
}

/** A text among the values of an event of ours; empty when it is not there. */
export function readText(event: CustomEvent, name: string): string {
  const value = event.value[name];
  return typeof value === 'string' ? value : '';
}
