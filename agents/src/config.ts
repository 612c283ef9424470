/**
 * The configuration as the daemon uses it: short forms expanded, models inherited, defaults filled. Made by `parseConfig`; everything in it is consistent.
 */
import type { ActionDefinition, ChatType, PolicyLayer, ProofKind, RiskLevel } from '@guildhall/protocol';
import type { SecretReference, TextWithSecrets } from './secret-reference.ts';

export interface Config {
  /** The file it came from; relative paths in it are relative to the directory of this file. */
  readonly file: string;
  /** By id, in the order of the file; at least one. */
  readonly agents: ReadonlyMap<string, AgentConfig>;
  /** The agent that answers what no binding claims. */
  readonly defaultAgent: string;
  /** In the order of the file. */
  readonly bindings: readonly Binding[];
  /** The model of agents that name none; undefined leaves the choice to the daemon. */
  readonly model: string | undefined;
  readonly subagentModel: string | undefined;
  readonly providers: ReadonlyMap<string, ProviderConfig>;
  /** By model id; over the built-in ones. */
  readonly prices: ReadonlyMap<string, ModelPrice>;
  /** By name. */
  readonly channels: ReadonlyMap<string, ChannelConfig>;
  readonly sessionTriggers: SessionTriggers;
  /** What named actions cover, the built-in ones among them. */
  readonly actions: ReadonlyMap<string, ActionDefinition>;
  /** Classes of risk by name, the built-in ones among them. */
  readonly riskClasses: ReadonlyMap<string, RiskLevel>;
  /** By name, as written: spellings, aliases and the built-in roles are for the catalogue of roles. */
  readonly roles: ReadonlyMap<string, ConfiguredRole>;
  /** Absolute, by project. */
  readonly skillFolders: ReadonlyMap<string, string>;
  readonly hooks: readonly HookConfig[];
  /** Who may say yes in a chat beside the operator: `telegram:12345`, by the platform's immutable id. */
  readonly approvers: readonly string[];
  /** What all agents together may spend. */
  readonly budget: InstallationBudget;
  /** How long an approval waits; after it the answer is no. */
  readonly approvalTimeoutMs: number;
  /** Compact a session when its context is estimated to be larger. */
  readonly compactAtTokens: number;
  readonly toolBackings: ToolBackings;
  readonly limits: Limits;
}

export interface AgentConfig {
  readonly id: string;
  readonly description: string | undefined;
  /** `<provider>/<model>`, its own or the top-level one. */
  readonly model: string | undefined;
  readonly fallbackModel: string | undefined;
  readonly personality: WrittenPersonality | undefined;
  /** As written; `resolveWorkspaces` makes it absolute. */
  readonly workspace: string | undefined;
  /** Its own tool policy, one layer. */
  readonly policy: readonly PolicyLayer[];
  readonly reasoning: 'off' | 'low' | 'medium' | 'high' | undefined;
  /** Model steps one turn may take. */
  readonly maxTurns: number;
  readonly sandbox: 'off' | 'require';
  readonly memoryEnabled: boolean;
  readonly subagents: { readonly maxDepth: number; readonly maxChildren: number; readonly model: string | undefined };
  readonly dmScope: 'main' | 'per_peer';
  readonly mcpServers: ReadonlyMap<string, McpServerConfig>;
  readonly budget: AgentBudget;
  readonly withoutAsking: WithoutAsking;
  readonly busy: 'queue' | 'steer' | 'interrupt';
}

export type WrittenPersonality = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'file'; readonly path: string };

export type McpServerConfig =
  | { readonly kind: 'stdio'; readonly command: string; readonly args: readonly string[]; readonly env: ReadonlyMap<string, TextWithSecrets> }
  | { readonly kind: 'http'; readonly url: string; readonly headers: ReadonlyMap<string, TextWithSecrets> };

/** What runs without a person's yes, beyond what is harmless. */
export interface WithoutAsking {
  readonly commands: readonly (readonly string[])[];
  /** Undefined: any host, while nothing strange was read. */
  readonly webHosts: readonly string[] | undefined;
  readonly sendTo: readonly string[];
}

export interface ChannelConfig {
  readonly platform: string;
  readonly url: string;
  readonly secret: SecretReference | undefined;
}

/** Money in micro-dollars (10⁻⁶ USD). Undefined means no limit; 0 means nothing may be spent. */
export interface AgentBudget {
  readonly microUsdPerDay: number | undefined;
  readonly tokensPerDay: number | undefined;
  readonly microUsdPerTurn: number | undefined;
}

/**
 * One rule from facts of a message to an agent. Every key it has must match. `platform` may be `*`.
 *
 * Tiers, most specific first: 1 chat · 2 peer · 3 guild or team with chat type · 4 guild or team · 5 chat type · 6 platform; 7 is the default agent.
 */
export interface Binding {
  /** Place in the file's list, from 0. */
  readonly index: number;
  /** Line in the file, from 1. */
  readonly line: number;
  readonly agent: string;
  readonly tier: Exclude<Tier, 7>;
  readonly match: BindingMatch;
}

export type Tier = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface BindingMatch {
  readonly platform: string;
  readonly account?: string;
  readonly chat?: string;
  readonly peer?: string;
  readonly guild?: string;
  readonly team?: string;
  readonly chatType?: ChatType;
  readonly thread?: string;
}

export type ProviderType = 'anthropic' | 'openai' | 'google' | 'openrouter' | 'openai-compatible';

export interface ProviderConfig {
  readonly name: string;
  readonly type: ProviderType;
  readonly baseUrl: string | undefined;
  readonly apiKey: SecretReference | undefined;
}

/** USD for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number;
}

/** Money in micro-dollars. */
export interface InstallationBudget {
  readonly microUsdPerDay: number | undefined;
  readonly tokensPerDay: number | undefined;
  readonly microUsdPerPlan: number | undefined;
  readonly tokensPerPlan: number | undefined;
}

export interface SessionTriggers {
  readonly enabled: boolean;
  /** By the agent that may hand off. */
  readonly sources: ReadonlyMap<string, TriggerSource>;
  /** By the agent that work is handed to; one that is not named is open to whoever may name it. */
  readonly targets: ReadonlyMap<string, TriggerTarget>;
  /** How long the same request on the same edge is one handoff. */
  readonly duplicateWindowMs: number;
  /** How long a person may take to answer. */
  readonly approvalTimeoutMs: number;
  /** So many failures in a row open the breaker of an edge, for this long. */
  readonly breaker: { readonly failures: number; readonly restMs: number };
}

interface TriggerTarget {
  readonly allowedSources: '*' | readonly string[];
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  /** A level or class: the least risk of whatever is handed to it. */
  readonly risk: string;
}

/** Money in micro-dollars. A limit for a day comes with what one handoff may cost, which is set aside when it is asked for. */
export interface HandoffBudget {
  readonly microUsdPerHandoff: number | undefined;
  readonly tokensPerHandoff: number | undefined;
  readonly microUsdPerDay: number | undefined;
  readonly tokensPerDay: number | undefined;
}

export interface TriggerSource {
  readonly allowedTargets: readonly string[];
  /** 0 switches handoffs of this source off. */
  readonly maxDepth: number;
  readonly maxConcurrentTargets: number;
  /** A level, or the name of a class. */
  readonly defaultRisk: string;
  readonly requireHumanConfirmationFor: readonly string[];
  /** Names of actions that none of its handoffs may take. */
  readonly forbiddenActions: readonly string[];
  readonly maxPerHour: number;
  readonly budget: HandoffBudget;
  /** What may go over one edge in a day, by target. */
  readonly edges: ReadonlyMap<string, Pick<HandoffBudget, 'microUsdPerDay' | 'tokensPerDay'>>;
}

/** What a file says of a role; undefined leaves it to the built-in role of that name. */
export interface ConfiguredRole {
  readonly title: string | undefined;
  readonly mission: string | undefined;
  readonly responsibilities: readonly string[] | undefined;
  readonly aliases: readonly string[];
  /** As written; null: to nobody. */
  readonly reportsTo: string | null | undefined;
  readonly filledBy: { readonly kind: 'agent'; readonly agent: string } | { readonly kind: 'person' } | undefined;
  readonly proof: ProofKind | undefined;
}

export interface HookConfig {
  readonly event: 'before_turn' | 'after_turn' | 'before_tool' | 'after_tool';
  readonly run: { readonly kind: 'command'; readonly argv: readonly string[] } | { readonly kind: 'http'; readonly url: string };
  /** Undefined means every agent. */
  readonly agents: readonly string[] | undefined;
  readonly timeoutMs: number;
}

export interface ToolBackings {
  readonly webSearch:
    | { readonly type: 'searxng' | 'brave' | 'tavily'; readonly baseUrl: string | undefined; readonly apiKey: SecretReference | undefined }
    | undefined;
  readonly visionAnalyze: { readonly model: string } | undefined;
  readonly textToSpeech: { readonly model: string; readonly voice: string | undefined } | undefined;
  readonly imageGenerate: { readonly model: string } | undefined;
}

export interface Limits {
  readonly turnMs: number;
  readonly toolMs: number;
  readonly toolCallsPerTurn: number;
  readonly queuedMessages: number;
  /** Steps that may follow one another in a chain of cause: tasks, children, roles, handoffs, schedules. */
  readonly chainDepth: number;
}
