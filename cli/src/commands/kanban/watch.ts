import { z } from 'zod';
import { boardStream } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { watchJournal } from '../events/watch.ts';

const input = z.object({ lane: z.string().min(1).optional(), board: z.string().min(1).optional(), after: z.string().optional() });

/** What concerns one lane, or everything that happens on a board. */
export const watchBoard: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { lane, after, board = call.environment.board ?? 'default' } = options.value;
  if (lane === undefined) return watchJournal(call, { path: '/v1/events', query: { stream: boardStream(board), after } });
  return watchJournal(call, { path: '/v1/lanes/{lane}/watch', params: { lane }, query: { after } });
};
