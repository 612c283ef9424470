/**
 * One reader of the journal for the whole daemon: it follows from where it was started and hands each event to those who asked for its type. Everything that reacts to what
 * happened — also on another node — hangs here. Handlers are hints for work whose truth is in the store; they must not throw.
 */
import type { Clock, JournalStore } from '@guildhall/kernel';
import type { EventType, JournalEvent } from '@guildhall/protocol';

export interface JournalTail {
  on(types: readonly EventType[], handler: (event: JournalEvent) => void): () => void;
  /** Every event of one stream; costs nothing for the others. */
  onStream(stream: string, handler: (event: JournalEvent) => void): () => void;
  stop(): Promise<void>;
}

/** A lost wake-up costs at most this long. */
const pollMs = 1000;

export async function startJournalTail(
  journal: JournalStore,
  onAppend: (wake: () => void) => () => void,
  clock: Clock,
  onFault: (error: unknown) => void,
): Promise<JournalTail> {
  const byType = new Map<string, Set<(event: JournalEvent) => void>>();
  const byStream = new Map<string, Set<(event: JournalEvent) => void>>();
  const stopped = new AbortController();
  let nudge: AbortController | undefined;
  let pending = false;
  let cursor = await journal.headCursor();
  const unsubscribe = onAppend(() => {
    pending = true;
    nudge?.abort();
  });

  const readOn = async () => {
    for (;;) {
      const page = await journal.readEvents({ after: cursor, limit: 500 });
      if (!page.ok) {
        cursor = await journal.headCursor();
        return;
      }
      for (const event of page.value.events) {
        for (const handler of byType.get(event.type) ?? []) handler(event);
        for (const handler of byStream.get(event.stream) ?? []) handler(event);
      }
      cursor = page.value.cursor;
      if (page.value.events.length < 500) return;
    }
  };
  const loop = async () => {
    while (!stopped.signal.aborted) {
      pending = false;
      try {
        await readOn();
      } catch (error) {
        onFault(error);
      }
      nudge = new AbortController();
      if (!pending) await clock.sleep(pollMs, AbortSignal.any([nudge.signal, stopped.signal]));
    }
  };
  const finished = loop();

  return {
    on(types, handler) {
      const undo = types.map((type) => subscribe(byType, type, handler));
      return () => {
        for (const undoOne of undo) undoOne();
      };
    },
    onStream: (stream, handler) => subscribe(byStream, stream, handler),
    async stop() {
      unsubscribe();
      stopped.abort();
      await finished;
    },
  };
}

function subscribe(handlers: Map<string, Set<(event: JournalEvent) => void>>, key: string, handler: (event: JournalEvent) => void): () => void {
  const set = handlers.get(key) ?? new Set();
  handlers.set(key, set.add(handler));
  return () => {
    set.delete(handler);
    if (set.size === 0 && handlers.get(key) === set) handlers.delete(key);
  };
}
