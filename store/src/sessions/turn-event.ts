import type { NewEvent } from '@guildhall/kernel';
import { eventData, sessionStream, type EventType, type Json } from '@guildhall/protocol';
import type { TurnRow } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';

/** What happened in a turn, for its session's stream. The words themselves are in the transcript; events name the entry by its `seq`. */
export function turnEvent(
  type: EventType,
  turn: Pick<TurnRow, 'id' | 'session_key' | 'agent' | 'provenance'>,
  data: { readonly [key: string]: Json | undefined },
  actor = `agent:${turn.agent}`,
): NewEvent {
  return { stream: sessionStream(turn.session_key), type, actor, provenance: fromStoredJson(turn.provenance), data: eventData({ turnId: turn.id, ...data }) };
}
