import type { NewEvent } from '@guildhall/kernel';
import { eventData, handoffStream, type EventType, type Json } from '@guildhall/protocol';
import type { HandoffRow } from '../handoff-schema.ts';
import { fromStoredJson } from '../stored-text.ts';

/** What happened to a handoff or, by it, to its edge; for the handoff's own stream. */
export function handoffEvent(
  type: Extract<EventType, `handoff.${string}` | `edge.${string}`>,
  row: Pick<HandoffRow, 'id' | 'source' | 'target' | 'provenance'>,
  actor: string,
  more: { readonly [key: string]: Json | undefined } = {},
): NewEvent {
  const { id, source, target } = row;
  return { stream: handoffStream(id), type, actor, provenance: fromStoredJson(row.provenance), data: eventData({ handoff: id, source, target, ...more }) };
}
