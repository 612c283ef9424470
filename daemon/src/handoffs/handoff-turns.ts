/** Turns of handoffs, as those see them who answer and pay: a notice is answered by the daemon itself, and what is done within a handoff counts for it. */
import type { Config } from '@guildhall/agents';
import type { BudgetLimit } from '@guildhall/authority';
import type { HandoffStore } from '@guildhall/handoffs';
import type { NewOutbound, TranscriptStore, Turn } from '@guildhall/sessions';
import { handoffMessageOf } from './handoff-place.ts';
import { noticeText } from './notice-text.ts';
import { questionText } from './question-text.ts';
import { chatOfSession } from './target-chat.ts';

export interface HandoffTurns {
  /** The words that ask a person about a handoff, or announce it; undefined for every other turn. */
  ownWordsOf(turn: Turn): Promise<string | undefined>;
  /** The turn to whose writer this one speaks: a summary goes where what began it came from. */
  answeredBy(turn: Turn): Promise<Turn>;
  /** What the handoffs of the chain may cost, each with its own limit. */
  budgetsOf(turn: Turn): Promise<readonly BudgetLimit[]>;
}

export function createHandoffTurns(store: Pick<HandoffStore, 'readHandoff'>, sessions: Pick<TranscriptStore, 'readTurn'>): HandoffTurns {
  return {
    async ownWordsOf(turn) {
      const message = handoffMessageOf(turn);
      if (message?.kind !== 'notice' && message?.kind !== 'question') return undefined;
      const handoff = await store.readHandoff(message.ref);
      if (handoff === undefined) return `The handoff ${message.ref} is gone.`;
      return message.kind === 'notice' ? noticeText(handoff) : questionText(handoff);
    },
    async answeredBy(turn) {
      let began = turn;
      for (let message = handoffMessageOf(began); message?.kind === 'summary'; message = handoffMessageOf(began)) {
        const before = await sessions.readTurn(message.ref);
        if (before === undefined) return began;
        began = before;
      }
      return began;
    },
    async budgetsOf({ provenance }) {
      const ids = new Set(provenance.hops.flatMap(({ via, ref }) => (via === 'handoff' ? [ref] : [])));
      const limits = await Promise.all([...ids].map(async (id) => (await store.readHandoff(id))?.allowance ?? []));
      return limits.flat();
    },
  };
}

/** What a handoff makes a session say goes to the chat that the session is bound to, where a channel reaches it. */
export function replyToChat(config: Config, { id, sessionKey }: Turn, text: string, platforms: readonly string[]): NewOutbound | null {
  const chat = chatOfSession(config, sessionKey);
  return chat === undefined || !platforms.includes(chat.platform) ? null : { id: `out_${id}`, ...chat, text };
}
