/** Between a client on stdio and the door: nothing waits that need not, nothing is lost when the client stops asking. */
import type { Json, JsonObject, Settled } from '@guildhall/protocol';
import { show } from '../../terminal/shown.ts';
import type { Call } from '../../verb.ts';
import { openDoor } from './door.ts';
import { cancelledBy, refusalAnswer, requestIdOf, versionOf } from './json-rpc.ts';

export interface Bridge {
  /** Carries one message of the client. Answers come when they come: only `initialize` and messages without an answer are waited for, so that they arrive in order. */
  send(message: JsonObject): Promise<void>;
  /** Writes a message to the client. */
  answer(message: Json): void;
  /** Waits for open answers and ends the session. */
  close(): Promise<void>;
}

export function openBridge(call: Call, lane: string | undefined): Bridge {
  const door = openDoor(call, lane);
  const closing = new AbortController();
  const signal = AbortSignal.any([call.signal, closing.signal]);
  const open = new Set<Promise<void>>();
  const leaving = new Map<string | number, AbortController>();
  let listening: Promise<void> | undefined;

  const answer = (message: Json) => call.output.emit(message);
  const settle = async (message: JsonObject, work: Promise<Settled<null>>, left: AbortSignal): Promise<void> => {
    const settled = await work;
    if (settled.ok || left.aborted) return;
    const id = requestIdOf(message);
    if (id === undefined) call.output.tell(show`guildhall mcp: ${settled.refusal.message} [${settled.refusal.code}]`);
    else answer(refusalAnswer(id, settled.refusal));
  };

  /** A request that a client without a session takes back ends with its connection; in a session the daemon is told, and answers. */
  const carry = async (message: JsonObject): Promise<void> => {
    const id = requestIdOf(message);
    const leave = new AbortController();
    const left = AbortSignal.any([signal, leave.signal]);
    if (id !== undefined && versionOf(message) !== undefined) leaving.set(id, leave);
    const cancelled = cancelledBy(message);
    const taken = cancelled === undefined ? undefined : leaving.get(cancelled);
    taken?.abort();
    if (taken === undefined) await settle(message, door.carry(message, answer, left), left);
    if (id !== undefined) leaving.delete(id);
  };

  return {
    answer,
    async send(message) {
      if (message['method'] === 'initialize') {
        await settle(message, door.introduce(message, answer), signal);
        return;
      }
      const carried = carry(message);
      open.add(carried);
      const finished = carried.finally(() => open.delete(carried));
      if (requestIdOf(message) === undefined) await finished;
      if (message['method'] === 'notifications/initialized') listening ??= door.listen(answer, signal);
    },
    async close() {
      await Promise.all(open);
      closing.abort();
      await listening;
      await door.leave();
    },
  };
}
