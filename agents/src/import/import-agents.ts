/**
 * Taking over agents from other programs. Nothing is dropped silently: what has no counterpart here is listed, and where keeping a rule exactly is not possible the
 * narrower reading is taken.
 */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { stringify } from 'yaml';
import { importAgentsMd } from './agents-md.ts';
import { importClaudeAgents } from './claude-agents.ts';
import { importHermes } from './hermes.ts';
import { Harvest, type ImportFile } from './harvest.ts';
import { importOpenClaw } from './openclaw.ts';
import type { ConfigAdditions } from '../add-agent.ts';

export const importKinds = ['claude-agents', 'hermes', 'openclaw', 'agents-md'] as const;
export type ImportKind = (typeof importKinds)[number];

export interface ImportSource {
  readonly kind: ImportKind;
  readonly files: readonly ImportFile[];
}

export interface ImportedAgents {
  /** For `addToConfig`. */
  readonly additions: ConfigAdditions;
  /** The same as a text to show. */
  readonly yaml: string;
  /** What was translated in a way somebody should look at. */
  readonly notes: readonly string[];
  /** What was left out because there is no counterpart. */
  readonly unsupported: readonly string[];
}

const importers = {
  'claude-agents': importClaudeAgents,
  hermes: importHermes,
  openclaw: importOpenClaw,
  'agents-md': importAgentsMd,
} as const satisfies Record<ImportKind, (files: readonly ImportFile[], harvest: Harvest) => void>;

/** `invalid-input` when there is nothing of that kind among the files. Never throws, whatever they hold. */
export function importAgents(from: ImportSource): Settled<ImportedAgents> {
  const harvest = new Harvest();
  importers[from.kind](from.files, harvest);
  harvest.settle();
  if (harvest.agents.size === 0) {
    const reasons = harvest.unsupported.length === 0 ? '' : `: ${harvest.unsupported.join('; ')}`;
    return refuse(
      'invalid-input',
      `no agents were found in ${from.files.length} files read as ${from.kind}${reasons}. Name the directory or file that holds them`,
    );
  }
  const additions = harvest.additions();
  const yaml = stringify(
    {
      ...(Object.keys(additions.providers ?? {}).length > 0 ? { providers: additions.providers } : {}),
      agents: Object.fromEntries(harvest.agents),
      ...((additions.bindings ?? []).length > 0 ? { bindings: additions.bindings } : {}),
    },
    { lineWidth: 0 },
  );
  return done({ additions, yaml, notes: harvest.notes, unsupported: harvest.unsupported });
}

/** What a set of files most likely is; undefined when nothing in it is known. */
export function detectImport(files: readonly ImportFile[]): ImportKind | undefined {
  const named = (pattern: RegExp): boolean => files.some((file) => pattern.test(file.path));
  if (named(/(^|\/)(openclaw|clawdbot|moltbot)\.json5?$/i)) return 'openclaw';
  if (files.some((file) => /\.json5?$/i.test(file.path) && /\bagents\b/.test(file.text) && /\b(list|entries|bindings)\b/.test(file.text))) return 'openclaw';
  if (named(/(^|\/)SOUL\.md$/i) || files.some((file) => /(^|\/)[^/]*\.ya?ml$/i.test(file.path) && /^(model|toolsets|agents|bindings)\s*:/m.test(file.text)))
    return 'hermes';
  if (files.some((file) => /\.md$/i.test(file.path) && /^\uFEFF?---\r?\n[\s\S]*?^name\s*:/m.test(file.text))) return 'claude-agents';
  if (named(/(^|\/)AGENTS\.md$/i)) return 'agents-md';
  return undefined;
}
