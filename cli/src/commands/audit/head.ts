import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { auditHead, auditVerdict } from '../../http/answers.ts';
import type { Daemon } from '../../http/daemon-client.ts';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import type { Answer, RunVerb } from '../../verb.ts';
import { collectHeads, fileText } from './exported-heads.ts';
import { verifyMs } from './verify.ts';

const input = z.object({ export: z.string().min(1).optional() });

export const showHead: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  if (options.value.export !== undefined) return exportHeads(daemon.value, options.value.export);
  const answer = await daemon.value.ask('get', '/v1/audit/head', auditHead, { timeoutMs: verifyMs });
  return answer.ok ? done({ json: answer.value, text: () => show`${answer.value.head}` }) : answer;
};

/** Heads of a journal that does not hold would vouch for what was changed: none are written. */
async function exportHeads(daemon: Daemon, file: string): Promise<Settled<Answer>> {
  const verdict = await daemon.ask('get', '/v1/audit/verify', auditVerdict, { timeoutMs: verifyMs });
  if (!verdict.ok) return verdict;
  if (!verdict.value.valid)
    return refuse('failed', 'The journal was changed after it was written, so its heads are worth nothing; none were written. See: guildhall audit verify', {
      file,
    });
  const heads = await collectHeads(daemon);
  if (!heads.ok) return heads;
  const written = await writeNew(file, fileText(heads.value));
  if (!written.ok) return written;
  const { at, head, events, streams } = heads.value;
  return done({
    json: { file, at, head, events, streams: streams.length },
    text: () =>
      show`${file}: the heads of ${streams.length} streams with ${events} events. Head ${head}\nKeep it where the daemon cannot write. Later: guildhall audit verify --against ${file}`,
  });
}

/** An earlier export knows what a later one may have lost already, so none is written over. */
async function writeNew(file: string, text: string): Promise<Settled<null>> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return done(null);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      return refuse('already-exists', `${file} is there already. Earlier heads are worth keeping: name another file.`, { file });
    return refuse('failed', `${file} cannot be written: ${String(error)}. Name another file.`, { file });
  }
}
