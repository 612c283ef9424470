import path from 'node:path';
import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';
import { applyChange, openConfig } from '../agents/write-config.ts';

const input = z.object({ file: z.string().min(1), config: z.string().optional(), yes: z.boolean().default(false), dryRun: z.boolean().default(false) });

export const importOrgChart: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { yes, dryRun } = options.value;
  const config = await openConfig(call, options.value.config);
  if (!config.ok) return config;
  const { file, text: before } = config.value;
  const changed = await (await call.local()).importOrgChart(path.resolve(options.value.file), { file, text: before });
  if (!changed.ok) return changed;
  const { diff, notes } = changed.value;
  const { paint, marks } = call.output.screen;
  for (const note of notes) call.output.tell(show`${paint('yellow', marks.warn)} ${note}`);
  const written = await applyChange(call, config.value, changed.value, { yes, dryRun });
  if (!written.ok) return written;
  const text = () => (written.value ? show`${paint('green', marks.yes)} Imported into ${file}. See: guildhall roles list` : show`Nothing was imported.`);
  return done({ json: { file, written: written.value, diff, notes }, text });
};
