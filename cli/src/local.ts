/**
 * What the terminal can do without a daemon: the daemon package implements it and the program that joins the two hands it in, so that this package depends on the protocol alone.
 */
import type { ConfigVerdict, JsonObject, RouteQuery, RouteView, Settled } from '@guildhall/protocol';

/** An agent to be written into a configuration. */
export interface NewAgent {
  readonly id: string;
  readonly description?: string;
  /** Inline text. */
  readonly personality?: string;
  /** A profile (`coding`) or a list of tool names. */
  readonly tools?: string | readonly string[];
  /** `provider/model`; absent means the agent inherits the top-level one. */
  readonly model?: string;
  /** What of a message leads to the agent, in the long form of a binding without its `agent`: `{platform: 'telegram', chat: '-100123'}`. */
  readonly binding?: { readonly [key: string]: string };
}

/** A configuration text that was changed but not written yet. */
export interface ChangedConfig {
  readonly text: string;
  /** Unified; empty when nothing changes. */
  readonly diff: string;
  /** What could not be taken over, and what to look at. */
  readonly notes: readonly string[];
}

export const importSources = ['claude', 'hermes', 'openclaw', 'agents-md', 'yaml'] as const;
export type ImportSource = (typeof importSources)[number];

export interface LocalVerbs {
  /** Runs the daemon until `signal` aborts and it has drained. `print` gets lines for people; the first names the URL. `already-running` names the process that holds the database. */
  up(options: {
    readonly port: number | undefined;
    readonly config: string | undefined;
    readonly signal: AbortSignal;
    readonly print: (line: string) => void;
  }): Promise<Settled<null>>;
  /** Where the configuration is when nobody names another file. Need not exist. */
  defaultConfigFile(): string;
  /** `not-found` when there is no such file; a file with errors is a verdict, not a refusal. */
  checkConfig(file: string): Promise<Settled<ConfigVerdict>>;
  /** JSON Schema of the configuration, for editors. */
  configSchema(): Promise<JsonObject>;
  explainRoute(file: string, query: RouteQuery): Promise<Settled<RouteView>>;
  /** A unified diff of two configuration texts; empty when they are the same. */
  diffConfigs(from: string, to: string): string;
  /** Adds one agent (and its binding) to a configuration text, comments and order kept. `already-exists` when the id is taken. Writes nothing. */
  addAgent(configText: string, agent: NewAgent): Settled<string>;
  /** Reads agents of another program at `source.path` and adds them to a configuration text that lies, or will lie, in `configFile`. Writes nothing. */
  importAgents(
    source: { readonly from: ImportSource; readonly path: string },
    config: { readonly file: string; readonly text: string },
  ): Promise<Settled<ChangedConfig>>;
  /** Reads an org chart and adds its roles to a configuration text. Writes nothing. */
  importOrgChart(path: string, config: { readonly file: string; readonly text: string }): Promise<Settled<ChangedConfig>>;
  /** Reads an org chart (YAML) and adds its roles to a configuration text that lies, or will lie, in `config.file`. Writes nothing. */
  importOrgChart(file: string, config: { readonly file: string; readonly text: string }): Promise<Settled<ChangedConfig>>;
  /** Puts a backup in the place of the database, which no daemon may hold (`already-running`). Checks the backup first and keeps what was there as `previous`. */
  restoreBackup(file: string): Promise<Settled<{ readonly database: string; readonly previous?: string }>>;
}
