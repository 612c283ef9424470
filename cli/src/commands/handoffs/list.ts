import { z } from 'zod';
import { done, handoffStatuses, handoffView, type HandoffView, type Settled } from '@guildhall/protocol';
import { askOnce } from '../../http/ask-once.ts';
import { readInput, wholeNumber } from '../../input.ts';
import type { Call, RunVerb } from '../../verb.ts';
import { isOpenHandoff } from './describe-handoff.ts';
import { renderHandoffs } from './handoff-table.ts';

const input = z.object({
  status: z.enum(handoffStatuses).optional(),
  open: z.boolean().default(false),
  from: z.string().min(1).optional(),
  to: z.string().min(1).optional(),
  limit: wholeNumber(1, 500).default(100),
  watch: z.boolean().default(false),
});
export type HandoffFilter = z.output<typeof input>;

export const listHandoffs: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  if (options.value.watch) return (await import('./watch.ts')).watchHandoffs(call, options.value);
  const handoffs = await readHandoffs(call, options.value);
  if (!handoffs.ok) return handoffs;
  return done({ json: handoffs.value, text: () => renderHandoffs(call.output.screen, handoffs.value, isFiltered(options.value)) });
};

export function readHandoffs(call: Call, { status, open, from, to, limit }: HandoffFilter): Promise<Settled<readonly HandoffView[]>> {
  const query = { status, open: open ? true : undefined, source: from, target: to, limit };
  return askOnce(call, { method: 'get', path: '/v1/handoffs', answer: z.array(handoffView), query });
}

export function isFiltered({ status, open, from, to }: HandoffFilter): boolean {
  return open || status !== undefined || from !== undefined || to !== undefined;
}

/** Whether a handoff belongs into the list that was asked for. */
export function isAskedFor(handoff: HandoffView, { status, open, from, to }: HandoffFilter): boolean {
  if (status !== undefined && handoff.status !== status) return false;
  if (from !== undefined && handoff.source !== from && handoff.sourceSession !== from) return false;
  if (to !== undefined && handoff.target !== to && handoff.targetSession !== to) return false;
  return !open || isOpenHandoff(handoff);
}
