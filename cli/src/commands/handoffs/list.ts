import { z } from 'zod';
import { done, handoffStatuses } from '@guildhall/protocol';
import { joinShown, show } from '../../terminal/shown.ts';
import { readInput, wholeNumber } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { isFiltered, readHandoffs } from './handoff-filter.ts';
import { renderHandoffs } from './handoff-table.ts';

const input = z.object({
  status: z.enum(handoffStatuses).optional(),
  open: z.boolean().default(false),
  from: z.string().min(1).optional(),
  to: z.string().min(1).optional(),
  after: z.string().min(1).optional(),
  limit: wholeNumber(1, 500).default(100),
  watch: z.boolean().default(false),
});

export const listHandoffs: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  if (options.value.watch) return (await import('./watch.ts')).watchHandoffs(call, options.value);
  const handoffs = await readHandoffs(call, options.value);
  if (!handoffs.ok) return handoffs;
  const { value } = handoffs;
  const { screen } = call.output;
  const last = value.length < options.value.limit ? undefined : value.at(-1);
  const more = last === undefined ? [] : [screen.paint('dim', show`There may be more: the same with --after ${last.id}`)];
  return done({ json: value, text: () => joinShown([renderHandoffs(screen, value, isFiltered(options.value)), ...more]) });
};
