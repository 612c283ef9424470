/** The one place of the terminal program that reads the environment. */
import { homedir } from 'node:os';
import path from 'node:path';

export interface CliEnvironment {
  /** Absolute. `GUILDHALL_HOME`, default `~/.guildhall`. */
  readonly home: string;
  /** `GUILDHALL_URL`: the daemon to talk to instead of the one of `home`. */
  readonly url: string | undefined;
  /** `GUILDHALL_TOKEN`: the credential to show it. */
  readonly token: string | undefined;
  /** `GUILDHALL_CLAIM_TOKEN`, else what a worker that the daemon started finds in `GUILDHALL_KANBAN_CLAIM_TOKEN`. */
  readonly claimToken: string | undefined;
  /** `GUILDHALL_KANBAN_BOARD`: the board of verbs that are given none. */
  readonly board: string | undefined;
  /** `GUILDHALL_CONFIG`: the configuration file instead of the one in `home`. */
  readonly config: string | undefined;
  readonly noColor: boolean;
  readonly term: string | undefined;
  /** Whether the locale can show signs such as ✓. */
  readonly unicode: boolean;
}

/** Empty variables count as absent. */
export function readEnvironment(variables: { readonly [name: string]: string | undefined } = process.env): CliEnvironment {
  const read = (name: string) => {
    const value = variables[name];
    return value === undefined || value === '' ? undefined : value;
  };
  const home = read('GUILDHALL_HOME');
  return {
    home: home === undefined ? path.join(homedir(), '.guildhall') : path.resolve(home),
    url: read('GUILDHALL_URL'),
    token: read('GUILDHALL_TOKEN'),
    claimToken: read('GUILDHALL_CLAIM_TOKEN') ?? read('GUILDHALL_KANBAN_CLAIM_TOKEN'),
    board: read('GUILDHALL_KANBAN_BOARD'),
    config: read('GUILDHALL_CONFIG'),
    noColor: read('NO_COLOR') !== undefined,
    term: read('TERM'),
    unicode: /utf-?8/i.test(read('LC_ALL') ?? read('LC_CTYPE') ?? read('LANG') ?? 'utf-8'),
  };
}
