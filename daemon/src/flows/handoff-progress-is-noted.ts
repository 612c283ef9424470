/** What the target says while it works is noted with its handoff: the newest of it, about once a second. What is lost with the daemon stands in the transcript all the same. */
import { innermostHandoff } from '@guildhall/authority';
import type { HandoffStore } from '@guildhall/handoffs';
import type { Clock } from '@guildhall/kernel';
import type { JournalEvent } from '@guildhall/protocol';
import type { TranscriptStore } from '@guildhall/sessions';
import { printableLine } from '@guildhall/tools';
import type { JournalTail } from '../journal-tail.ts';
import { repeat, type Repeating } from './repeat.ts';

export interface ProgressDeps {
  readonly store: Pick<HandoffStore, 'noteProgress'>;
  readonly sessions: Pick<TranscriptStore, 'readEntries'>;
  readonly tail: Pick<JournalTail, 'on'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

const everyMs = 1000;
const mostWords = 300;

export function handoffProgressIsNoted(deps: ProgressDeps): Repeating {
  let newest = new Map<string, JournalEvent>();
  const stopListening = deps.tail.on(['turn.step-recorded'], (event) => {
    const handoff = event.provenance === null ? null : innermostHandoff(event.provenance);
    if (handoff !== null) newest.set(handoff, event);
  });
  const noting = repeat(
    deps.clock,
    everyMs,
    async () => {
      const due = newest;
      newest = new Map();
      for (const [handoff, event] of due) await deps.store.noteProgress(handoff, await wordsOf(deps, event));
    },
    deps.onFault,
  );
  return {
    async stop() {
      stopListening();
      await noting.stop();
    },
  };
}

async function wordsOf({ sessions }: ProgressDeps, { stream, data }: JournalEvent): Promise<string> {
  const seq = data?.['seq'];
  if (typeof seq !== 'number') return 'works on it';
  const [entry] = await sessions.readEntries(stream.slice('session:'.length), { afterSeq: seq - 1, limit: 1 });
  if (entry?.body.kind !== 'model-step') return 'works on it';
  const { text, toolCalls } = entry.body;
  const calls = [...new Set(toolCalls.map(({ tool }) => tool))].join(', ');
  return printableLine(text.trim() === '' ? `calls ${calls}` : text, mostWords);
}
