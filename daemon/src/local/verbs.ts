/** What the terminal can do without a daemon. Implements the port that the terminal states; the program that joins the two checks that they fit. */
import { homedir } from 'node:os';
import { addAgentToConfig, configJsonSchema, diffConfigs, parseConfig } from '@guildhall/agents';
import { type ConfigVerdict, type JsonObject, type RouteQuery, type RouteView, type Settled, done, refuse } from '@guildhall/protocol';
import { readConfigFile, viewError } from '../config-in-force.ts';
import { readEnvironment } from '../environment.ts';
import { explainRoute } from '../operations/team.ts';
import { unifiedDiff } from './unified-diff.ts';

export { importIntoConfig as importAgents } from './import-agents.ts';
export { importOrgChart } from './import-org-chart.ts';
export { restoreBackup } from './restore-backup.ts';
export { up } from './up.ts';

export function defaultConfigFile(): string {
  return readEnvironment().configFile;
}

export async function checkConfig(file: string): Promise<Settled<ConfigVerdict>> {
  const text = await readConfigFile(file, { mustExist: true });
  if (!text.ok) return text;
  const { errors } = parseConfig(text.value, { file, homes: homes() });
  return done({ valid: errors.length === 0, errors: errors.map(viewError) });
}

export function configSchema(): Promise<JsonObject> {
  return Promise.resolve(configJsonSchema());
}

export async function explainRouteOf(file: string, query: RouteQuery): Promise<Settled<RouteView>> {
  const text = await readConfigFile(file, { mustExist: true });
  if (!text.ok) return text;
  const { config, errors } = parseConfig(text.value, { file, homes: homes() });
  if (config === undefined)
    return refuse('invalid-config', `${file} has ${errors.length} errors, so nothing can be routed by it. See them with: guildhall config check ${file}`);
  return done(explainRoute(config, query));
}

export function diffTexts(from: string, to: string): string {
  return unifiedDiff(diffConfigs(from, to).lines);
}

export interface AgentToAdd {
  readonly id: string;
  readonly description?: string;
  readonly personality?: string;
  readonly tools?: string | readonly string[];
  readonly model?: string;
  readonly binding?: { readonly [key: string]: string };
}

export function addAgent(configText: string, { id, binding, ...agent }: AgentToAdd): Settled<string> {
  return addAgentToConfig(configText, { id, agent, ...(binding === undefined ? {} : { bindings: [{ agent: id, ...binding }] }) });
}

function homes() {
  return { home: readEnvironment().home, userHome: homedir() };
}
