/**
 * The journal, live, to many clients. Every client is a cursor of its own; clients that stand at the same place share one read and one text, so a thousand of them cost the
 * database one query and the daemon one serialisation.
 *
 * Wake-ups are hints: a client also looks after `pollMs`. A read is shared only among clients that saw the same wake-ups, so none can miss what was committed before it asked.
 */
import { done, type JournalEvent, type Settled } from '@guildhall/protocol';
import type { Credential } from '@guildhall/authority';
import type { Clock } from '@guildhall/kernel';
import type { Operations } from '../operations.ts';
import type { Call, Reply } from './endpoint.ts';
import type { DoorLimits } from './limits.ts';
import { eventFrame } from './server-sent-events.ts';

export interface JournalFeed {
  /**
   * Sends everything after the cursor and then what comes, until the client leaves. A cursor that cannot be read is refused before anything is sent. With `keep` only events it says yes
   * to are sent; those who keep different events share their reads all the same.
   */
  follow(after: string, stream: string | undefined, call: Call<Credential>, keep?: (event: JournalEvent) => boolean): Promise<Settled<Reply>>;
  close(): void;
}

interface Batch {
  readonly events: readonly { readonly event: JournalEvent; readonly frame: string }[];
  /** All frames in one. */
  readonly frames: string;
  readonly cursor: string;
}

const pageSize = 200;

export function createJournalFeed(operations: Operations, clock: Clock, limits: DoorLimits): JournalFeed {
  let wakeUps = 0;
  let waiting = new Set<() => void>();
  const reads = new Map<string, Promise<Settled<Batch>>>();
  const unsubscribe = operations.onJournal(() => {
    wakeUps += 1;
    const woken = waiting;
    waiting = new Set();
    for (const wake of woken) wake();
  });

  const read = (after: string, stream: string | undefined): Promise<Settled<Batch>> => {
    const place = JSON.stringify([wakeUps, stream, after]);
    const known = reads.get(place);
    if (known !== undefined) return known;
    const reading = readBatch(operations, after, stream).finally(() => reads.delete(place));
    reads.set(place, reading);
    return reading;
  };

  /** Resolves at the next wake-up after `seen`, after the poll interval, or when `signal` aborts. */
  const waitForMore = async (seen: number, signal: AbortSignal): Promise<void> => {
    if (wakeUps !== seen || signal.aborted) return;
    const stop = new AbortController();
    const wake = () => stop.abort();
    waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await clock.sleep(limits.pollMs, stop.signal);
    waiting.delete(wake);
    signal.removeEventListener('abort', wake);
  };

  return {
    async follow(after, stream, call, keep) {
      let seen = wakeUps;
      let batch = await read(after, stream);
      if (!batch.ok) return batch;
      const opened = call.openEventStream();
      if (!opened.ok) return opened;
      while (batch.ok && !call.signal.aborted) {
        const frames = keep === undefined ? batch.value.frames : framesOf(batch.value.events.filter(({ event }) => keep(event)));
        if (frames !== '' && !(await opened.value.send(frames))) break;
        if (batch.value.events.length === 0) await waitForMore(seen, call.signal);
        seen = wakeUps;
        batch = await read(batch.value.cursor, stream);
      }
      opened.value.end('the stream was cut; connect again and resume');
      return done({ kind: 'sent' });
    },
    close: unsubscribe,
  };
}

async function readBatch(operations: Operations, after: string, stream: string | undefined): Promise<Settled<Batch>> {
  const page = await operations.readEvents({ after, limit: pageSize, ...(stream === undefined ? {} : { stream }) });
  if (!page.ok) return page;
  const events = page.value.events.map((event) => ({ event, frame: eventFrame(JSON.stringify(event), event.cursor) }));
  return done({ events, frames: framesOf(events), cursor: page.value.cursor });
}

function framesOf(events: readonly { readonly frame: string }[]): string {
  return events.map(({ frame }) => frame).join('');
}
