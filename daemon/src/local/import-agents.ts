/** Taking over agents of other programs. Reads files, writes nothing. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { addToConfig, detectImport, diffConfigs, importAgents, type ImportKind } from '@guildhall/agents';
import { type Settled, done, refuse } from '@guildhall/protocol';
import { unifiedDiff } from './unified-diff.ts';

/** What a person may name as the origin; `yaml` is a file in our own words. */
export type ImportOrigin = 'claude' | 'hermes' | 'openclaw' | 'agents-md' | 'yaml';

const kinds = { claude: 'claude-agents', hermes: 'hermes', openclaw: 'openclaw', 'agents-md': 'agents-md', yaml: 'hermes' } as const satisfies Record<
  ImportOrigin,
  ImportKind
>;

const textFile = /\.(md|ya?ml|json5?)$/i;
const fileLimit = 2_000;
const byteLimit = 1_000_000;

export async function importIntoConfig(
  source: { readonly from: ImportOrigin; readonly path: string },
  config: { readonly file: string; readonly text: string },
): Promise<Settled<{ readonly text: string; readonly diff: string; readonly notes: readonly string[] }>> {
  const files = await readTexts(source.path);
  if (!files.ok) return files;
  const found = detectImport(files.value);
  const wanted = kinds[source.from];
  const imported = importAgents({ kind: wanted, files: files.value });
  if (!imported.ok) return found === undefined || found === wanted ? imported : refuse('invalid-input', `${imported.refusal.message}. It looks like ${found}`);
  const changed = addToConfig(config.text, imported.value.additions);
  if (!changed.ok) return changed;
  return done({
    text: changed.value,
    diff: unifiedDiff(diffConfigs(config.text, changed.value).lines),
    notes: [...imported.value.notes, ...imported.value.unsupported.map((what) => `left out: ${what}`)],
  });
}

async function readTexts(path: string): Promise<Settled<readonly { readonly path: string; readonly text: string }[]>> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return refuse('not-found', `there is nothing at ${path}; name the file or directory that holds the agents`);
  if (found.isFile()) return done([{ path, text: await readFile(path, 'utf8') }]);
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && textFile.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name));
  if (names.length > fileLimit) return refuse('too-large', `${path} holds ${names.length} files that could be meant; name the directory of the agents itself`);
  const texts = await Promise.all(
    names.map(async (name) => ({ path: relative(path, name), text: (await stat(name)).size > byteLimit ? '' : await readFile(name, 'utf8') })),
  );
  return done(texts.filter((file) => file.text !== ''));
}
