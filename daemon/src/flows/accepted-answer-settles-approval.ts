/** `/approve` and `/deny` take effect when they are accepted: the turn that waits for them holds their session, so they could not be heard in their turn. What is said back is said in that turn. */
import type { Clock } from '@guildhall/kernel';
import type { JournalEvent } from '@guildhall/protocol';
import type { TranscriptStore, Turn } from '@guildhall/sessions';
import { readChatAnswer } from '../chat-approvals.ts';
import type { JournalTail } from '../journal-tail.ts';
import { repeat, type Repeating } from './repeat.ts';

const sweepEveryMs = 30_000;
const sweepSize = 10_000;

export interface HearingDeps {
  readonly sessions: Pick<TranscriptStore, 'readTurn' | 'listTurns'>;
  /** Gives the answer that the message is. */
  readonly answer: (turn: Turn) => Promise<unknown>;
  readonly tail: Pick<JournalTail, 'on'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

export function acceptedAnswerSettlesApproval(deps: HearingDeps): Repeating {
  const hear = async (turn: Turn | undefined) => {
    if (turn?.status === 'queued' && readChatAnswer(turn.message.text) !== undefined) await deps.answer(turn);
  };
  const stopListening = deps.tail.on(['message.accepted'], ({ data }: JournalEvent) => {
    const id = data?.['turnId'];
    if (typeof id === 'string') deps.sessions.readTurn(id).then(hear).catch(deps.onFault);
  });
  const sweeping = repeat(
    deps.clock,
    sweepEveryMs,
    async () => {
      for (const turn of await deps.sessions.listTurns({ active: true, limit: sweepSize })) await hear(turn);
    },
    deps.onFault,
  );
  return {
    async stop() {
      stopListening();
      await sweeping.stop();
    },
  };
}
