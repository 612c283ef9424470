import { z } from 'zod';
import { credentialView, done } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ id: z.string().min(1) });

export const revokeToken: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const revoked = await daemon.value.ask('delete', '/v1/tokens/{id}', credentialView, { params: options.value });
  return revoked.ok ? done({ json: revoked.value, text: () => show`${revoked.value.id} is revoked.` }) : revoked;
};
