/** The journal as it concerns one lane: tasks assigned to it, what it holds, and what becomes of the lane itself. */
import { done, type JournalEvent, type Settled } from '@guildhall/protocol';
import type { JournalPage } from '@guildhall/kernel';
import type { BoardDeps } from './board-deps.ts';
import { mayAsk, type Who } from './who-may.ts';

const pageSize = 500;
/** Events looked at for one answer. A page may be empty although there is more; its cursor has moved on, and the next one goes on from there. */
const mostLookedAt = 10_000;

export async function readLaneEvents(deps: BoardDeps, lane: string, after: string, limit: number, who: Who): Promise<Settled<JournalPage>> {
  const allowed = mayAsk(who, 'read-lane', lane);
  if (!allowed.ok) return allowed;
  const events: JournalEvent[] = [];
  let cursor = after;
  for (let looked = 0; looked < mostLookedAt; looked += pageSize) {
    const page = await deps.journal.readEvents({ after: cursor, limit: pageSize });
    if (!page.ok) return page;
    for (const event of page.value.events) {
      if (!concernsLane(event, lane)) continue;
      events.push(event);
      if (events.length === limit) return done({ events, cursor: event.cursor });
    }
    cursor = page.value.cursor;
    if (page.value.events.length < pageSize) break;
  }
  return done({ events, cursor });
}

export function concernsLane({ stream, type, data }: JournalEvent, lane: string): boolean {
  if (data === null) return false;
  if (stream.startsWith('board:')) return data['assignee'] === lane || data['lane'] === lane;
  return type.startsWith('lane.') && data['lane'] === lane;
}
