import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { entryPage } from '../../http/answers.ts';
import type { Daemon } from '../../http/daemon-client.ts';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ key: z.string().min(1) });
const pageSize = 200;

export const exportSession: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  let after = 0;
  while (!call.signal.aborted) {
    const page = await readPage(daemon.value, options.value.key, after);
    if (!page.ok) return page;
    await call.output.copy(lines(page.value));
    const last = page.value.at(-1);
    if (last === undefined || page.value.length < pageSize) break;
    after = last.seq;
  }
  return done({ written: true });
};

async function readPage(daemon: Daemon, key: string, after: number) {
  return daemon.ask('get', '/v1/sessions/{key}/entries', entryPage, { params: { key }, query: { after, limit: pageSize } });
}

async function* lines(values: readonly unknown[]): AsyncGenerator<string> {
  for (const value of values) yield JSON.stringify(value);
}
