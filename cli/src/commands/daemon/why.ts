import { z } from 'zod';
import { done, findingView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { describeFindings } from './findings.ts';

const input = z.object({ id: z.string().min(1) });

export const explainSilence: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const findings = await daemon.value.ask('get', '/v1/why/{id}', z.array(findingView), { params: options.value });
  if (!findings.ok) return findings;
  return done({ json: findings.value, text: () => describeFindings(call.output.screen, findings.value) });
};
