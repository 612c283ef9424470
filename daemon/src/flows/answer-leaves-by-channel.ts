/**
 * Answers leave as intents: pending → sending → sent. The intent is marked before anything is sent, so after a crash it is known which sends are in doubt: a channel that recognises repeated
 * sends gets them again, for others they stay visibly in doubt.
 */
import { type Clock, deadline, failpoint } from '@guildhall/kernel';
import { type Channel, NotDelivered, type Outbound, type OutboundStore } from '@guildhall/sessions';
import type { JournalTail } from '../journal-tail.ts';
import { repeat, type Repeating } from './repeat.ts';

const pollEveryMs = 1000;
const sendTimeoutMs = 30_000;
const maxAttempts = 12;
const parallelSends = 16;

export interface DeliveryDeps {
  readonly store: OutboundStore;
  readonly channels: () => readonly Channel[];
  readonly tail: JournalTail;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

export async function answerLeavesByChannel(deps: DeliveryDeps): Promise<Repeating> {
  await deps.store.recoverOutbound(
    deps
      .channels()
      .filter((channel) => channel.recognisesRepeats)
      .map((channel) => channel.platform),
  );
  let hurry = new AbortController();
  const stopListening = deps.tail.on(['turn.completed', 'turn.failed', 'message.delivered'], () => hurry.abort());
  const patient: Clock = {
    ...deps.clock,
    sleep: (ms, signal) => deps.clock.sleep(ms, AbortSignal.any([hurry.signal, ...(signal === undefined ? [] : [signal])])),
  };
  const round = async () => {
    hurry = new AbortController();
    const channels = new Map(deps.channels().map((channel) => [channel.platform, channel]));
    if (channels.size === 0) return;
    const due = await deps.store.dueOutbound([...channels.keys()], parallelSends);
    await Promise.all(due.map((message) => sendOne(deps, channels.get(message.platform), message.id)));
  };
  const sending = repeat(patient, pollEveryMs, round, deps.onFault);
  return {
    async stop() {
      stopListening();
      await sending.stop();
    },
  };
}

async function sendOne(deps: DeliveryDeps, channel: Channel | undefined, id: string): Promise<void> {
  if (channel === undefined) return;
  const begun = await deps.store.beginSend(id);
  if (!begun.ok) return;
  await failpoint('outbound.before-send');
  const limit = deadline(sendTimeoutMs);
  try {
    const sent = await channel.send(begun.value, limit.signal);
    await failpoint('outbound.after-send');
    await deps.store.settleSend(id, { as: 'sent', ...sent });
    await failpoint('outbound.after-mark');
  } catch (error) {
    await settleFailure(deps, channel, begun.value, error);
  } finally {
    limit.clear();
  }
}

async function settleFailure(deps: DeliveryDeps, channel: Channel, message: Outbound, error: unknown): Promise<void> {
  const why = error instanceof Error ? error.message : String(error);
  const sure = error instanceof NotDelivered;
  const again = sure ? error.retryable : channel.recognisesRepeats;
  if (again && message.attempts < maxAttempts) {
    const backoff = Math.min(300_000, 500 * 2 ** message.attempts);
    await deps.store.settleSend(message.id, { as: 'retry', error: why, retryInMs: Math.max(backoff, sure ? (error.retryAfterMs ?? 0) : 0) });
    return;
  }
  await deps.store.settleSend(message.id, { as: sure ? 'failed' : 'unknown', error: why });
}
