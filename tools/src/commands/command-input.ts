/** What the tools that run programs have in common: how a command is written, where it starts and what surrounds it. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallEffects } from '@guildhall/authority';
import type { Clock } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';
import { z } from 'zod';
import { printableLine } from '../printable.ts';
import type { Folder } from '../workspace/folder.ts';
import { parsePath } from '../workspace/path-text.ts';
import type { Workspaces } from '../workspace/workspace.ts';
import { childEnvironment } from './child-environment.ts';
import type { ChildRequest } from './child-process.ts';
import { dangerOfCommand, fileWordsOf, type AllowedCommands } from './danger.ts';
import { splitCommand } from './shell-words.ts';

/** What running programs needs of its surroundings. */
export interface CommandSurroundings {
  readonly workspaces: Workspaces;
  readonly clock: Clock;
  /** `PATH` of every child. */
  readonly path: string;
  /** Names this installation and this run of it; the beginning of every marker. */
  readonly markerPrefix: string;
  readonly graceMs: number;
}

const mostCommandBytes = 100_000;

export const commandText = z
  .union([z.string().min(1), z.array(z.string()).min(1).max(1000)])
  .describe(
    'A program and its words, as a list such as ["grep", "-rn", "todo", "src"], or as one line. No shell: no pipes, wildcards, variables or redirection',
  );

export const commandAliases = ['cmd', 'argv'] as const;
export const folderAliases = ['workdir', 'working_directory', 'workingDirectory', 'directory', 'dir'] as const;

/** The words of a command as they will run. With `shell`, the one line stays as it is. */
export function parseCommand(command: string | readonly string[], shell: boolean): Settled<string | string[]> {
  const words = typeof command === 'string' ? [command] : command;
  if (words.some((word) => word.includes('\0') || !word.isWellFormed())) return refuse('invalid-input', 'the command holds a NUL or is not valid Unicode');
  if (words.reduce((sum, word) => sum + Buffer.byteLength(word), 0) > mostCommandBytes)
    return refuse('too-large', `the command is longer than ${mostCommandBytes} bytes; put its input in a file`);
  if (shell) return typeof command === 'string' ? done(command) : refuse('invalid-input', 'with shell true the command is one line, not a list');
  const split = typeof command === 'string' ? splitCommand(command) : done(command);
  if (!split.ok) return split;
  const [program = ''] = split.value;
  if (program.trim() === '' || program.includes('='))
    return refuse('invalid-input', `${JSON.stringify(printableLine(program, 80))} is not a program; the first word of a command is`);
  return done([...split.value]);
}

/** The argument vector that really runs. */
export function argvOf(command: string | readonly string[], shell: boolean): readonly string[] {
  if (typeof command === 'string') return shell ? ['/bin/sh', '-c', command] : [command];
  return command;
}

export function parseFolder(cwd: string, context: ToolContext): Settled<string> {
  return parsePath(cwd, context.workspace);
}

/** A sentence for the person who is asked, or null. */
export function dangerOf(command: string | readonly string[], shell: boolean, context: ToolContext, allowed: AllowedCommands): string | null {
  if (shell || typeof command === 'string') return 'it is run by a shell, which can do anything its words say';
  return dangerOfCommand(command, context.workspace, allowed);
}

/** A program from the list of those that only read does nothing but that; any other may do anything, also one the operator allowed. */
export function effectsOfCommand(command: string | readonly string[], shell: boolean, context: ToolContext): CallEffects {
  return { kind: dangerOf(command, shell, context, []) === null ? 'known' : 'undecidable', argv: argvOf(command, shell) };
}

export interface Prepared extends ChildRequest {
  readonly folder: Folder;
}

export interface CommandPlace {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Runs although nobody was asked, so it gets the stricter surroundings. */
  readonly free: boolean;
}

/** Opens the folder a command starts in and builds its surroundings. The caller closes `folder` once the child has started. */
export async function prepareCommand(place: CommandPlace, context: ToolContext, around: CommandSurroundings): Promise<Settled<Prepared>> {
  const workspace = await around.workspaces.admit(context.workspace);
  if (!workspace.ok) return workspace;
  const folder = await workspace.value.openFolder(place.cwd);
  if (!folder.ok) return folder;
  if (place.free) {
    const strayed = await firstWordOutside(place, context.workspace);
    if (strayed !== null) {
      await folder.value[Symbol.asyncDispose]();
      return refuse('outside-workspace', `${JSON.stringify(printableLine(strayed, 80))} leads out of the workspace`);
    }
  }
  const marker = `${around.markerPrefix}${context.callId}`;
  const env = childEnvironment({ home: context.workspace, path: around.path, marker, tameGit: place.free });
  return done({ argv: place.argv, cwd: folder.value.self, env, marker, graceMs: around.graceMs, clock: around.clock, folder: folder.value });
}

/** A word that is the name of something whose real place is elsewhere: a symbolic link out of the workspace. */
async function firstWordOutside(place: CommandPlace, workspace: string): Promise<string | null> {
  for (const word of fileWordsOf(place.argv)) {
    const real = await realpath(word.startsWith('/') ? word : join(workspace, place.cwd, word)).catch(() => null);
    if (real !== null && real !== workspace && !real.startsWith(`${workspace}/`)) return word;
  }
  return null;
}
