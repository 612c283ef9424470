import path from 'node:path';
import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { backupTaken } from '../../http/answers.ts';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { byteSize } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ file: z.string().min(1) });
/** A large database takes its time. */
const timeoutMs = 60 * 60_000;

export const takeBackup: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const taken = await daemon.value.ask('post', '/v1/db/backup', backupTaken, { body: { file: path.resolve(options.value.file) }, timeoutMs });
  if (!taken.ok) return taken;
  return done({ json: taken.value, text: () => show`Backed up to ${taken.value.file} (${byteSize(taken.value.bytes)}), checked.` });
};
