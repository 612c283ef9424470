import path from 'node:path';
import { z } from 'zod';
import { done, importReport, importRequest, type ImportReport } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';
import { makeRequest } from '../../http/request-body.ts';

const input = z.object({
  from: z.enum(['hermes', 'vibe-kanban'], 'hermes or vibe-kanban is wanted'),
  path: z.string().min(1),
  board: z.string().min(1).optional(),
  dryRun: z.boolean().default(false),
});
/** A large board takes its time. */
const importMs = 10 * 60_000;

export const importBoard: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { from, dryRun, board = call.environment.board ?? 'default' } = options.value;
  const body = makeRequest(importRequest, { format: from, path: path.resolve(options.value.path), dryRun });
  if (!body.ok) return body;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const report = await daemon.value.ask('post', '/v1/boards/{board}/import', importReport, { params: { board }, body: body.value, timeoutMs: importMs });
  return report.ok ? done({ json: report.value, text: () => describe(report.value, board) }) : report;
};

function describe({ found, imported, skipped, dryRun }: ImportReport, board: string): Shown {
  const kinds = Object.keys(found);
  const lines = kinds.map((kind) => show`  ${kind}: ${found[kind] ?? 0} found, ${imported[kind] ?? 0} new`);
  return joinShown([
    dryRun ? show`Nothing was written (--dry-run). For the board ${board} there would be:` : show`Taken over onto the board ${board}:`,
    ...(lines.length === 0 ? [show`  nothing`] : lines),
    ...skipped.map(({ what, reason }) => show`  left out: ${what}: ${reason}`),
  ]);
}
