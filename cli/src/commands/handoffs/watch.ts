/** The list, live: a table that is drawn again in place on a terminal, records that changed everywhere else. */
import { z } from 'zod';
import { done, handoffView, type HandoffView, type Settled } from '@guildhall/protocol';
import { watchedEvent } from '../../http/answers.ts';
import { askOnce } from '../../http/ask-once.ts';
import { followStream, type Followed } from '../../streaming/follow-stream.ts';
import { openLiveArea } from '../../terminal/live-area.ts';
import { joinShown, nothing, show, type Shown } from '../../terminal/shown.ts';
import type { Answer, Call } from '../../verb.ts';
import { handoffLine } from './describe-handoff.ts';
import { isAskedFor, isFiltered, readHandoffs, type HandoffFilter } from './handoff-filter.ts';
import { renderHandoffs } from './handoff-table.ts';

interface Board {
  /** `changed`: those among `listed` that are new or different, and those that are not in the list any more. */
  readonly show: (listed: readonly HandoffView[], changed: readonly HandoffView[], note: Shown) => void;
  readonly close: () => void;
}

/** Until Ctrl-C. The place in the journal is taken before the list is read, so that nothing falls between them. */
export async function watchHandoffs(call: Call, filter: HandoffFilter): Promise<Settled<Answer>> {
  const from = await askOnce(call, { method: 'get', path: '/v1/events', answer: z.object({ cursor: z.string() }), query: { after: 'now', limit: 1 } });
  if (!from.ok) return from;
  const first = await readHandoffs(call, filter);
  if (!first.ok) return first;
  const known = new Map(first.value.map((handoff) => [handoff.id, handoff]));
  const board = openBoard(call, filter);
  const tell = (changed: readonly HandoffView[], note = nothing) => board.show(listOf(known, filter), changed, note);
  try {
    tell(first.value);
    for await (const followed of followStream(call, { path: '/v1/events', query: { after: from.value.cursor }, signal: call.signal })) {
      if (followed.kind === 'refused') return { ok: false, refusal: followed.refusal };
      if (followed.kind === 'lost') tell([], show`The connection was lost; looking for the daemon.`);
      if (followed.kind === 'back') tell([]);
      const changed = await readChanged(call, followed);
      if (changed === undefined || (!known.has(changed.id) && !isAskedFor(changed, filter))) continue;
      if (JSON.stringify(known.get(changed.id)) === JSON.stringify(changed)) continue;
      known.set(changed.id, changed);
      tell([changed]);
    }
    return done({ written: true });
  } finally {
    board.close();
  }
}

/** Newest first, as the daemon lists them. What ended stays known, so that its end is told to programs too. */
function listOf(known: ReadonlyMap<string, HandoffView>, filter: HandoffFilter): readonly HandoffView[] {
  const listed = [...known.values()].filter((handoff) => isAskedFor(handoff, filter));
  return listed.toSorted((one, other) => other.requestedAt - one.requestedAt || other.id.localeCompare(one.id)).slice(0, filter.limit);
}

const aboutHandoff = z.looseObject({ handoff: z.string() });

/** The handoff as it is now, when an event is about one. */
async function readChanged(call: Call, followed: Followed): Promise<HandoffView | undefined> {
  if (followed.kind !== 'message') return undefined;
  const event = watchedEvent.safeParse(followed.data);
  if (!event.success || !event.data.stream.startsWith('handoff:')) return undefined;
  const about = aboutHandoff.safeParse(event.data['data']);
  const id = about.success ? about.data.handoff : event.data.stream.slice('handoff:'.length);
  const found = await askOnce(call, { method: 'get', path: '/v1/handoffs/{id}', answer: handoffView, params: { id } });
  return found.ok ? found.value : undefined;
}

function openBoard(call: Call, filter: HandoffFilter): Board {
  const { output, stdout } = call;
  if (output.json || stdout.isTTY !== true) return records(call);
  if (!output.screen.live) return lines(call);
  const area = openLiveArea(stdout, output);
  let listed: readonly HandoffView[] = [];
  let note = nothing;
  const draw = () =>
    area.draw((screen) => joinShown([renderHandoffs(screen, listed, isFiltered(filter)), ...(note === nothing ? [] : [screen.paint('yellow', note)])]));
  return {
    show(handoffs, _changed, words) {
      listed = handoffs;
      note = words;
      draw();
    },
    close: area.close,
  };
}

function records({ output }: Call): Board {
  return {
    show(_listed, changed, note) {
      for (const handoff of changed) output.emit(handoff);
      if (note !== nothing) output.tell(note);
    },
    close: () => undefined,
  };
}

/** For a terminal whose lines cannot be rewritten. */
function lines({ output }: Call): Board {
  return {
    show(_listed, changed, note) {
      for (const handoff of changed) output.print(handoffLine(output.screen, handoff));
      if (note !== nothing) output.tell(note);
    },
    close: () => undefined,
  };
}
