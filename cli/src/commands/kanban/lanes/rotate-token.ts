import { z } from 'zod';
import { registeredLane } from '@guildhall/protocol';
import { readInput } from '../../../input.ts';
import { show } from '../../../terminal/shown.ts';
import type { RunVerb } from '../../../verb.ts';
import { answerToken } from './issued-token.ts';

const input = z.object({ name: z.string().min(1) });

export const rotateLaneToken: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const lane = options.value.name;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const rotated = await daemon.value.ask('post', '/v1/lanes/{lane}/rotate-token', registeredLane, { params: { lane }, body: {} });
  return rotated.ok ? answerToken(call, daemon.value, show`The old token of the lane ${lane} has ended.`, rotated.value) : rotated;
};
