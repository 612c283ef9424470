import path from 'node:path';
import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { importSources } from '../../local.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';
import { applyChange, openConfig } from './write-config.ts';

const input = z.object({
  from: z.enum(importSources, `one of ${importSources.join(', ')} is wanted`),
  path: z.string().min(1),
  config: z.string().optional(),
  yes: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

export const importAgents: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { from, yes, dryRun } = options.value;
  const config = await openConfig(call, options.value.config);
  if (!config.ok) return config;
  const { file, text: before } = config.value;
  const changed = await (await call.local()).importAgents({ from, path: path.resolve(options.value.path) }, { file, text: before });
  if (!changed.ok) return changed;
  const { diff, notes } = changed.value;
  for (const note of notes) call.output.tell(show`${call.output.screen.paint('yellow', call.output.screen.marks.warn)} ${note}`);
  const written = await applyChange(call, config.value, changed.value, { yes, dryRun });
  if (!written.ok) return written;
  const text = () =>
    written.value
      ? show`${call.output.screen.paint('green', call.output.screen.marks.yes)} Imported into ${file}. See: guildhall agents list`
      : show`Nothing was imported.`;
  return done({ json: { file, written: written.value, diff, notes }, text });
};
