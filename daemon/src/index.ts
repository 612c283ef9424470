import {
  addAgent,
  checkConfig,
  configSchema,
  defaultConfigFile,
  diffTexts,
  explainRouteOf,
  importAgents,
  importOrgChart,
  restoreBackup,
  up,
} from './local/verbs.ts';

export { startDaemon } from './start-daemon.ts';
export type { Daemon, StartOptions } from './start-daemon.ts';

/** What the terminal can do without a daemon. */
export const localVerbs = {
  up,
  defaultConfigFile,
  checkConfig,
  configSchema,
  explainRoute: explainRouteOf,
  diffConfigs: diffTexts,
  addAgent,
  importAgents,
  importOrgChart,
  restoreBackup,
};
