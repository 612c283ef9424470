import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { answerVerdict } from './verdict.ts';

const input = z.object({ file: z.string().min(1).optional() });

export const checkConfig: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const local = await call.local();
  const file = options.value.file ?? call.environment.config ?? local.defaultConfigFile();
  const verdict = await local.checkConfig(file);
  return verdict.ok ? done(answerVerdict(call.output.screen, file, verdict.value, `${file} is valid.`)) : verdict;
};
