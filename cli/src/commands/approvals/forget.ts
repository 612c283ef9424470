import { z } from 'zod';
import { done, standingApprovalView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ id: z.string().min(1) });

export const forgetStanding: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const forgotten = await daemon.value.ask('delete', '/v1/standing-approvals/{id}', standingApprovalView, { params: options.value });
  if (!forgotten.ok) return forgotten;
  return done({ json: forgotten.value, text: () => show`${forgotten.value.id} is forgotten: ${forgotten.value.agent} asks again.` });
};
