import { z } from 'zod';
import { configVerdict, done } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { answerVerdict } from './verdict.ts';

const input = z.object({ rev: z.string().regex(/^[1-9]\d{0,8}$/, 'a version number from "guildhall config history" is wanted') });

export const revertConfig: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { rev } = options.value;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const verdict = await daemon.value.ask('post', '/v1/config/versions/{rev}/revert', configVerdict, { params: { rev } });
  if (!verdict.ok) return verdict;
  return done(
    answerVerdict(call.output.screen, `version ${rev}`, verdict.value, `Version ${rev} is in force again, as a new version. See: guildhall config history`),
  );
};
