export { runCli } from './run-cli.ts';
export type { Surroundings } from './run-cli.ts';
export type { ProcessExit } from './verb.ts';
export { readEnvironment } from './environment.ts';
export type { CliEnvironment } from './environment.ts';
export { importSources } from './local.ts';
export type { ChangedConfig, ImportSource, LocalVerbs, NewAgent } from './local.ts';
