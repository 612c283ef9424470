/** Taking over an org chart as roles. Reads one file, writes nothing. */
import { readFile, stat } from 'node:fs/promises';
import { addToConfig, diffConfigs, importOrgChart as translateOrgChart, parseConfig } from '@guildhall/agents';
import { type Settled, done, refuse } from '@guildhall/protocol';
import { unifiedDiff } from './unified-diff.ts';

const byteLimit = 1_000_000;

/** `config` is the text the roles are added to, and the file it lies in. Comments and order of the text are kept. */
export async function importOrgChart(
  path: string,
  config: { readonly file: string; readonly text: string },
): Promise<Settled<{ readonly text: string; readonly diff: string; readonly notes: readonly string[] }>> {
  const chart = await readChart(path);
  if (!chart.ok) return chart;
  const agents = parseConfig(config.text, { file: config.file }).config?.agents.keys() ?? [];
  const imported = translateOrgChart(chart.value, agents);
  if (!imported.ok) return imported;
  const changed = addToConfig(config.text, { agents: [], roles: imported.value.roles });
  if (!changed.ok) return changed;
  return done({
    text: changed.value,
    diff: unifiedDiff(diffConfigs(config.text, changed.value).lines),
    notes: [...imported.value.notes, ...imported.value.unsupported.map((what) => `left out: ${what}`)],
  });
}

async function readChart(path: string): Promise<Settled<string>> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return refuse('not-found', `there is no file ${path}; name the file that holds the org chart`);
  if (found.size > byteLimit) return refuse('too-large', `${path} has ${found.size} bytes, more than the ${byteLimit} of an org chart`);
  return done(await readFile(path, 'utf8'));
}
