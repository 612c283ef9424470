import { z } from 'zod';
import { done, type Settled } from '@guildhall/protocol';
import { configText, configVersionText } from '../../http/answers.ts';
import type { Daemon } from '../../http/daemon-client.ts';
import { readInput } from '../../input.ts';
import { paintDiff } from '../../terminal/diff.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

const revision = z.string().regex(/^(?:current|[1-9]\d{0,8})$/, 'a version number from "guildhall config history", or "current", is wanted');
const input = z.object({ a: revision, b: revision });

export const diffVersions: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const from = await readVersion(daemon.value, options.value.a);
  if (!from.ok) return from;
  const to = await readVersion(daemon.value, options.value.b);
  if (!to.ok) return to;
  const diff = (await call.local()).diffConfigs(from.value.text, to.value.text);
  return done({
    json: { from: from.value.rev, to: to.value.rev, diff },
    text: () => (diff === '' ? show`Versions ${from.value.rev} and ${to.value.rev} are the same.` : paintDiff(call.output.screen, diff)),
  });
};

async function readVersion(daemon: Daemon, rev: string): Promise<Settled<{ readonly rev: number; readonly text: string }>> {
  if (rev === 'current') return daemon.ask('get', '/v1/config', configText);
  return daemon.ask('get', '/v1/config/versions/{rev}', configVersionText, { params: { rev } });
}
