/**
 * The only way into the journal. A transaction says what happened; it is recorded when its work is over, right before the commit, because from there to the commit
 * everybody else who appends waits. Streams are locked in the order of their names and the head last, so that appends to several streams never wait for each other in a
 * circle; the position comes from the one head row, so positions are gapless and in commit order, and a reader that has seen one has seen all before it.
 */
import type { NewEvent } from '@guildhall/kernel';
import { Fault } from '@guildhall/protocol';
import type { WriteTransaction } from './database.ts';

/** Appends what the transaction did, in order. Called at most once in a transaction. */
export async function appendInTransaction(tx: WriteTransaction, events: readonly NewEvent[]): Promise<void> {
  if (tx.events.length > 0) throw new Fault('appended-twice', 'a transaction appends all its events in one call');
  tx.events = events;
}

/** The streams of the events in the order in which they are locked, with the number of events for each. */
export function streamsOf(events: readonly NewEvent[]): readonly { readonly name: string; readonly count: number }[] {
  return [...Map.groupBy(events, ({ stream }) => stream)].map(([name, { length }]) => ({ name, count: length })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
