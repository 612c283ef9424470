import { readFileSync, readdirSync } from 'node:fs';
import type { CommandSurroundings } from '../src/commands/command-input.ts';
import type { Workspaces } from '../src/workspace/workspace.ts';
import { clock, workspacesFor } from './support.ts';

export function surroundings(changes: Partial<CommandSurroundings> & { readonly workspaces?: Workspaces } = {}): CommandSurroundings {
  return { workspaces: workspacesFor(), clock, path: process.env['PATH'] ?? '', markerPrefix: 'test.1.', graceMs: 300, ...changes };
}

/** Process ids whose command line holds `text`. */
export function processesWith(text: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/u.test(name)) return [];
    try {
      const state = /\) (\S)/u.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1];
      return state !== 'Z' && readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
