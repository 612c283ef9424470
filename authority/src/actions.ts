/**
 * Named actions. A chain can be forbidden to take them, by name; what a name covers is defined in one place, built in or in the configuration. A call that cannot be told to be free of a forbidden action
 * (a shell, a program, a tool of somebody else's server) is not let through without a person.
 */
import { globMatcher } from '@guildhall/kernel';
import type { ActionDefinition } from '@guildhall/protocol';
import { commandsIn, programOf } from './command-lines.ts';
import { canonicalToolName, matchesPattern } from './policy.ts';

/**
 * What a call does, as far as can be told before it runs. `none`: it only reads, says or remembers. `known`: all of it is named here. `undecidable`: it may do anything; what is named here is the part
 * that can be told.
 */
export type CallEffects =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'known' | 'undecidable';
      /** The command line, word by word. */
      readonly argv?: readonly string[];
      readonly hosts?: readonly string[];
      /** What it writes, as written and as resolved. */
      readonly paths?: readonly string[];
    };

export type ActionDefinitions = ReadonlyMap<string, ActionDefinition>;

export interface ForbiddenAnswer {
  readonly verdict: 'allow' | 'ask' | 'deny';
  readonly rule: string;
}

/**
 * Whether a call may run in a chain that may not take the actions `forbidden`. A name may also be a pattern of tools, which then covers those. A name without a definition covers whatever has an effect.
 * Another name in the list can only make the answer stricter.
 */
export function judgeForbidden(forbidden: readonly string[], definitions: ActionDefinitions, tool: string, effects: CallEffects): ForbiddenAnswer {
  const called = canonicalToolName(tool);
  for (const name of forbidden) {
    const reason = coveredBy(name, definitions.get(name), called, effects);
    if (reason !== undefined) return { verdict: 'deny', rule: `the chain forbids ${name}, and ${reason}` };
  }
  if (forbidden.length > 0 && effects.kind === 'undecidable')
    return { verdict: 'ask', rule: `the chain forbids ${forbidden.join(', ')}, and nobody can tell beforehand what this call does` };
  return { verdict: 'allow', rule: forbidden.length === 0 ? 'the chain forbids nothing' : `it does none of ${forbidden.join(', ')}` };
}

/** Why the call is one of those that `name` covers; undefined when it is not known to be. */
function coveredBy(name: string, definition: ActionDefinition | undefined, tool: string, effects: CallEffects): string | undefined {
  if (matchesPattern(name, tool)) return `that is the tool ${tool}`;
  if (definition === undefined) return effects.kind === 'none' ? undefined : 'nobody has said what that covers, so nothing that has an effect may run';
  const pattern = definition.tools.find((one) => matchesPattern(one, tool));
  if (pattern !== undefined) return `the tool ${tool} does it (${pattern})`;
  if (effects.kind === 'none') return undefined;
  return coveredCommand(definition, effects.argv) ?? coveredHost(definition, effects.hosts) ?? coveredPath(definition, effects.paths);
}

function coveredCommand({ argv: lines }: ActionDefinition, argv: readonly string[] | undefined): string | undefined {
  if (argv === undefined) return undefined;
  const commands = commandsIn(argv);
  const line = lines.find((words) => commands.some((command) => isCommand(words, command)));
  return line === undefined ? undefined : `the command does it (${line.join(' ')})`;
}

/** The program is the first word, whatever folder it is in; the other words follow in this order, with any options and values between them. */
function isCommand([program = '', ...rest]: readonly string[], command: readonly string[]): boolean {
  if (program !== programOf(command)) return false;
  let at = 0;
  for (const word of command.slice(1)) if (word === rest[at]) at += 1;
  return at === rest.length;
}

function coveredHost({ hosts: patterns }: ActionDefinition, hosts: readonly string[] = []): string | undefined {
  const found = patterns.flatMap((pattern) => hosts.filter((host) => isHost(pattern, host)).map((host) => `it reaches ${host} (${pattern})`));
  return found[0];
}

function isHost(pattern: string, host: string): boolean {
  const [wanted, asked] = [plainHost(pattern), plainHost(host)];
  return wanted.startsWith('*.') ? asked.endsWith(wanted.slice(1)) : asked === wanted;
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.$/u, '');
}

function coveredPath({ paths: patterns }: ActionDefinition, paths: readonly string[] = []): string | undefined {
  for (const pattern of patterns) {
    const path = paths.find((one) => isPath(pattern, one));
    if (path !== undefined) return `it writes ${path} (${pattern})`;
  }
  return undefined;
}

/** Without `/` the last name is meant, wherever it is; from the root, a whole path; else a path below a workspace. Case means nothing: not every disk tells it. */
function isPath(pattern: string, path: string): boolean {
  const anywhere = !pattern.includes('/') || pattern.startsWith('**/');
  if (!anywhere && pattern.startsWith('/') !== path.startsWith('/')) return false;
  return globMatcher(foldPath(pattern))(foldPath(path).replace(/^\/+/u, ''));
}

function foldPath(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
