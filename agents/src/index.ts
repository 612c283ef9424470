export { addAgentToConfig, addToConfig } from './add-agent.ts';
export type { ConfigAdditions, FileEntry, NewAgent } from './add-agent.ts';
export { childModel } from './models.ts';
export { configDefaults } from './resolve-config.ts';
export { configJsonSchema } from './json-schema.ts';
export { configKeyPaths } from './schema-walk.ts';
export { diffConfigs } from './config-diff.ts';
export type { ConfigDiff, KeyChange, LineChange } from './config-diff.ts';
export { detectImport, importAgents, importKinds } from './import/import-agents.ts';
export type { ImportedAgents, ImportKind, ImportSource } from './import/import-agents.ts';
export { importOrgChart } from './import/org-chart.ts';
export type { ImportFile } from './import/harvest.ts';
export { formatConfigError } from './config-error.ts';
export type { ConfigError } from './config-error.ts';
export { parseConfig } from './parse-config.ts';
export type { ConfigReading } from './parse-config.ts';
export { personalityOf } from './personality.ts';
export type { Personality, PersonalityPlaces } from './personality.ts';
export { platforms } from './platforms.ts';
export { canonicalRoleName } from './role-names.ts';
export { completeFacts, describeMatch, route } from './route.ts';
export type { CompleteFacts, MessageFacts, Route, RouteRule } from './route.ts';
export { readSecretReference, readTextWithSecrets } from './secret-reference.ts';
export type { SecretReference, TextWithSecrets } from './secret-reference.ts';
export { sessionAddress } from './session-address.ts';
export { toolNames, toolProfileNames, toolProfiles } from './tool-names.ts';
export type { ToolProfileName } from './tool-names.ts';
export { resolveWorkspaces } from './workspaces.ts';
export type { HomeDirectories } from './workspaces.ts';
export type {
  AgentBudget,
  AgentConfig,
  Binding,
  ChannelConfig,
  BindingMatch,
  Config,
  ConfiguredRole,
  HookConfig,
  Limits,
  McpServerConfig,
  ModelPrice,
  ProviderConfig,
  ProviderType,
  SessionTriggers,
  Tier,
  ToolBackings,
  TriggerSource,
  WithoutAsking,
  WrittenPersonality,
} from './config.ts';
