import { z } from 'zod';
import { done, handoffStatuses } from '@guildhall/protocol';
import { readInput, wholeNumber } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { isFiltered, readHandoffs } from './handoff-filter.ts';
import { renderHandoffs } from './handoff-table.ts';

const input = z.object({
  status: z.enum(handoffStatuses).optional(),
  open: z.boolean().default(false),
  from: z.string().min(1).optional(),
  to: z.string().min(1).optional(),
  limit: wholeNumber(1, 500).default(100),
  watch: z.boolean().default(false),
});

export const listHandoffs: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  if (options.value.watch) return (await import('./watch.ts')).watchHandoffs(call, options.value);
  const handoffs = await readHandoffs(call, options.value);
  if (!handoffs.ok) return handoffs;
  return done({ json: handoffs.value, text: () => renderHandoffs(call.output.screen, handoffs.value, isFiltered(options.value)) });
};
