/** The way in: a text becomes a configuration, or the complete list of what is wrong with it. */
import { checkDraft } from './cross-checks.ts';
import { inFileOrder, type ConfigError } from './config-error.ts';
import type { Config } from './config.ts';
import { Findings, readDraft, type Draft } from './draft.ts';
import { resolveConfig } from './resolve-config.ts';
import { isTextAt } from './schema-walk.ts';
import { findSkillFolderProblems } from './skill-folders.ts';
import { findWorkspaceProblems, type HomeDirectories } from './workspaces.ts';
import { readYaml } from './yaml-source.ts';

export interface ConfigReading {
  /** Absent when there is any error: a configuration is never partly in force. */
  readonly config?: Config;
  readonly errors: readonly ConfigError[];
  /** Things that are allowed and most likely not meant. */
  readonly warnings: readonly ConfigError[];
}

/** Stands for directories nobody told: paths relative to different ones are then taken to be different. */
const unknownHomes: HomeDirectories = { home: '/$GUILDHALL_HOME', userHome: '/~' };

/**
 * Reads a configuration. Never throws, whatever the text. An empty text is a configuration: one agent, `main`, and defaults. `file` is the path of the text, for
 * what in it is relative; give `homes` where they are known, so that workspaces are compared as they will be.
 */
export function parseConfig(text: string | Uint8Array, options: { readonly file: string; readonly homes?: HomeDirectories }): ConfigReading {
  const reading = readYaml(text, isTextAt);
  if (!reading.ok) return { errors: reading.errors, warnings: [] };
  const { draft, errors } = readDraft(reading.source);
  const findings = new Findings(reading.source);
  const homes = options.homes ?? unknownHomes;
  if (draft !== undefined) {
    checkDraft(draft, findings);
    checkWorkspaces(draft, homes, findings);
    checkSkillFolders(draft, options.file, homes, findings);
  }
  const all = inFileOrder([...errors, ...findings.errors]);
  const warnings = inFileOrder(findings.warnings);
  if (all.length > 0 || draft === undefined) return { errors: all, warnings };
  return { config: resolveConfig(draft, reading.source, { file: options.file, homes }), errors: [], warnings };
}

function checkSkillFolders(draft: Draft, file: string, homes: HomeDirectories, findings: Findings): void {
  for (const problem of findSkillFolderProblems(draft, file, homes)) findings.error(['skills', 'folders', problem.project], problem.message, problem.hint);
}

function checkWorkspaces(draft: Draft, homes: HomeDirectories, findings: Findings): void {
  for (const problem of findWorkspaceProblems(draft.agents, homes)) findings.error(['agents', problem.agent, 'workspace'], problem.message, problem.hint);
}
