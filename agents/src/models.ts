/** Names of models and which of them a child uses. */
import type { AgentConfig, Config, ProviderType } from './config.ts';

/** Providers that work with nothing configured, and the protocol each speaks; `rehearsal` needs no key and no service. */
export const wellKnownProviders = {
  anthropic: 'anthropic',
  openai: 'openai',
  google: 'google',
  openrouter: 'openrouter',
  ollama: 'openai-compatible',
  vllm: 'openai-compatible',
  lmstudio: 'openai-compatible',
  rehearsal: undefined,
} as const satisfies Record<string, ProviderType | undefined>;

/** The protocol of a provider that is known by its name. */
export function usualProviderType(name: string): ProviderType | undefined {
  return Object.hasOwn(wellKnownProviders, name) ? wellKnownProviders[name as keyof typeof wellKnownProviders] : undefined;
}

/** `provider` put in front of `model`, unless it is there already. */
export function joinModel(provider: string | undefined, model: string): string {
  return provider === undefined || model.startsWith(`${provider}/`) ? model : `${provider}/${model}`;
}

/** The provider of a model id: what stands before the first slash. Undefined for a bare name. */
export function providerOfModel(model: string): string | undefined {
  const slash = model.indexOf('/');
  return slash <= 0 || slash === model.length - 1 ? undefined : model.slice(0, slash);
}

/**
 * The model of a child: what was asked for, else the agent's `subagents.model`, else the top-level `subagent.model`, else the parent's. Undefined only when the
 * parent's is.
 */
export function childModel(config: Config, agent: AgentConfig, asked: { readonly explicit?: string; readonly parent?: string }): string | undefined {
  return asked.explicit ?? agent.subagents.model ?? config.subagentModel ?? asked.parent;
}
