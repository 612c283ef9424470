/** What goes on after a turn that handed work over: its agent sums up later, in the same conversation, and a person has to know where to look. */
import { z } from 'zod';
import { handoffView, shellWord, type StreamEvent, type TurnView } from '@guildhall/protocol';
import { joinShown, show, type Shown } from '../terminal/shown.ts';
import type { Call } from '../verb.ts';

export interface HandedOver {
  look(event: StreamEvent): void;
  /** Where the rest can be seen; undefined when the turn handed nothing over that goes on without it. */
  describe(turn: TurnView): Promise<Shown | undefined>;
}

const mostRead = 100;
const waits = z.looseObject({ wait: z.literal(true) });

export function watchHandedOver(call: Call): HandedOver {
  const calls = new Map<string, string>();
  return {
    look(event) {
      if (event.type === 'TOOL_CALL_START' && event.toolCallName === 'dispatch_handoff') calls.set(event.toolCallId, '');
      if (event.type !== 'TOOL_CALL_ARGS') return;
      const args = calls.get(event.toolCallId);
      if (args !== undefined) calls.set(event.toolCallId, args + event.delta);
    },
    async describe(turn) {
      if ([...calls.values()].every(isAwaited)) return undefined;
      const count = await countGoingOn(call, turn);
      return count === 0 ? undefined : describeSummary(call, turn, count);
    },
  };
}

function isAwaited(args: string): boolean {
  try {
    return waits.safeParse(JSON.parse(args)).success;
  } catch {
    return false;
  }
}

async function countGoingOn(call: Call, { sessionKey, startedAt = 0 }: TurnView): Promise<number> {
  const daemon = await call.connect();
  const read = daemon.ok ? await daemon.value.ask('get', '/v1/handoffs', z.array(handoffView), { query: { limit: mostRead } }) : daemon;
  if (!read.ok) return 0;
  return read.value.filter(({ sourceSession, requestedAt, status }) => sourceSession === sessionKey && requestedAt >= startedAt && status !== 'refused').length;
}

function describeSummary({ output }: Call, { agent, sessionKey }: TurnView, count: number): Shown {
  const { paint, marks } = output.screen;
  const when = count === 1 ? 'when the handoff has ended' : `when the ${count} handoffs have ended`;
  return joinShown([
    paint('dim', show`${marks.dot} ${agent} sums up in this conversation ${when}. See it: guildhall sessions show ${shellWord(sessionKey)}`),
    paint('dim', show`  Meanwhile: guildhall handoffs list --watch`),
  ]);
}
