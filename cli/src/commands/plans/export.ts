import path from 'node:path';
import { z } from 'zod';
import { done, planBundle, planId, refuse } from '@guildhall/protocol';
import { askOnce } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import { count } from '../../terminal/output.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import { byteSize } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { renderBundle } from './bundle/render-bundle.ts';
import { safePart } from './bundle/safe-paths.ts';
import { writeBundle } from './bundle/write-bundle.ts';

const input = z.object({ id: planId, to: z.string().min(1).optional(), force: z.boolean().default(false) });
/** A plan with many artifacts is a large answer. */
const exportMs = 5 * 60_000;

export const exportPlan: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id: plan, to, force } = options.value;
  if (to === undefined && force) return refuse('invalid-input', '--force writes over a folder: name it with --to');
  const bundle = await askOnce(call, { method: 'get', path: '/v1/plans/{plan}/bundle', answer: planBundle, params: { plan }, timeoutMs: exportMs });
  if (!bundle.ok) return bundle;
  if (to === undefined && call.output.json) return done({ json: bundle.value, text: () => show`${plan}` });
  const folder = path.resolve(to ?? `plan-${safePart(plan.replaceAll(/[/\\]/g, '_'))}`);
  const files = renderBundle(bundle.value);
  const written = await writeBundle(folder, files, force);
  if (!written.ok) return written;
  const bytes = files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  const { paint, marks } = call.output.screen;
  return done({
    json: { plan, folder, files: files.map((file) => file.path), bytes },
    text: () =>
      joinShown([
        show`${paint('green', marks.yes)} Wrote ${count(files.length, 'file')} (${byteSize(bytes)}) into ${folder}.`,
        paint('dim', show`  Read first: ${path.join(folder, 'README.md')}`),
      ]),
  });
};
