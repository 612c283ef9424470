import { z } from 'zod';
import {
  done,
  exitCodeOf,
  handoffView,
  requestedHandoff,
  type ExitCode,
  type HandoffView,
  type JsonObject,
  type Refusal,
  type Settled,
} from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import { readFileOrStdin } from '../../typed-text.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { handoffLine, nextStep } from './describe-handoff.ts';
import { describeAsked } from './dispatch.ts';
import { readRecords } from './record-file.ts';
import { pointToExplanation, refusedHandoff } from './refused-handoff.ts';

const input = z.object({ file: z.string().min(1) });
const importedHandoff = requestedHandoff.extend({ warnings: z.array(z.string()) });
type Imported = z.output<typeof importedHandoff>;

export const importHandoffs: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { file } = options.value;
  const text = await readFileOrStdin(call, file);
  if (!text.ok) return text;
  const read = readRecords(text.value, file === '-' ? 'stdin' : file);
  if (!read.ok) return read;
  const { records, several } = read.value;
  return several ? importAll(call, records) : importOne(call, records[0] ?? {});
};

async function importOne(call: Call, record: JsonObject): Promise<Settled<Answer>> {
  const imported = await send(call, record, '');
  if (!imported.ok) return pointToExplanation(imported.refusal);
  const { value } = imported;
  return done({ json: value, text: () => describeAsked(call.output.screen, value), exit: 0 });
}

/** One after the other. What a guardrail refuses does not stop the others; anything else does, and the answer tells how far it came. */
async function importAll(call: Call, records: readonly JsonObject[]): Promise<Settled<Answer>> {
  const { screen } = call.output;
  const told: { readonly json: unknown; readonly line: Shown }[] = [];
  let exit: ExitCode = 0;
  for (const [at, record] of records.entries()) {
    const imported = await send(call, record, `${at + 1}: `);
    if (imported.ok) {
      told.push({ json: imported.value, line: describeAsked(screen, imported.value) });
      continue;
    }
    const { code, message, details = {} } = imported.refusal;
    const stored = await readRefused(call, imported.refusal);
    exit = exitCodeOf(code);
    told.push({
      json: stored ?? { error: { code, message, details } },
      line: stored === undefined ? show`${message}` : describeRefused(call, stored, message),
    });
    if (stored === undefined) break;
  }
  const left = records.length - told.length;
  if (left > 0) call.output.tell(show`The last ${left} of ${records.length} were not sent.`);
  return done({ json: told.map(({ json }) => json), text: () => joinShown(told.map(({ line }) => line)), exit });
}

async function send(call: Call, record: JsonObject, which: string): Promise<Settled<Imported>> {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const imported = await daemon.value.ask('post', '/v1/handoffs/import', importedHandoff, { body: record });
  if (imported.ok) for (const warning of imported.value.warnings) call.output.tell(show`${call.output.screen.paint('yellow', which)}${warning}`);
  return imported;
}

/** The record of what a guardrail refused. */
async function readRefused(call: Call, refusal: Refusal): Promise<HandoffView | undefined> {
  const id = refusedHandoff(refusal);
  const daemon = id === undefined ? undefined : await call.connect();
  if (id === undefined || daemon?.ok !== true) return undefined;
  const found = await daemon.value.ask('get', '/v1/handoffs/{id}', handoffView, { params: { id } });
  return found.ok ? found.value : undefined;
}

function describeRefused(call: Call, handoff: HandoffView, message: string): Shown {
  const { screen } = call.output;
  return joinShown([handoffLine(screen, handoff), show`  ${message}`, screen.paint('dim', show`  ${nextStep(handoff)}`)]);
}
