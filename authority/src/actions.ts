/**
 * Named actions. A chain can be forbidden to take them, by name; what a name covers is defined in one place, built in or in the configuration. A call that cannot be told to be free of a forbidden action
 * (a shell, a program, a tool of somebody else's server) is not let through without a person.
 */
import type { ActionDefinition } from '@guildhall/protocol';

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
