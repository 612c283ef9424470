/** The only file of the daemon that reads the process environment. Read once, when a daemon starts; never when a module loads. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Environment {
  /** Absolute path of the installation's home. */
  readonly home: string;
  readonly configFile: string;
  /** `postgres://…` when the installation lives in PostgreSQL; absent means SQLite in the home. */
  readonly databaseUrl?: string;
  /** Armed failpoints, for crash tests. */
  readonly failpoints: string;
  /** All variables, for references such as `${ANTHROPIC_API_KEY}` in the configuration and for well-known provider keys. Never handed to a child process. */
  readonly variables: Readonly<Record<string, string>>;
}

export function readEnvironment(override: { readonly config?: string } = {}): Environment {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined && value !== '') variables[name] = value;
  const home = resolve(variables['GUILDHALL_HOME'] ?? join(homedir(), '.guildhall'));
  const databaseUrl = variables['GUILDHALL_DATABASE_URL'];
  return {
    home,
    configFile: resolve(override.config ?? variables['GUILDHALL_CONFIG'] ?? join(home, 'guildhall.yaml')),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    failpoints: variables['GUILDHALL_FAILPOINTS'] ?? '',
    variables,
  };
}
