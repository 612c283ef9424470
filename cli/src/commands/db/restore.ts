import path from 'node:path';
import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ file: z.string().min(1) });

export const restoreBackup: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const restored = await (await call.local()).restoreBackup(path.resolve(options.value.file));
  if (!restored.ok) return restored;
  const { database, previous } = restored.value;
  const kept = previous === undefined ? '' : ` What was there is kept as ${previous}.`;
  return done({ json: restored.value, text: () => show`Restored ${database}.${kept} Start the daemon: guildhall up` });
};
