/** Which model answers when nobody named one: the first provider with a key, else a model server on this machine, else the rehearsal. Always with a sentence that says so. */
import { type Environment, type ProviderSetup, type ProviderType, resolveEndpoint, wellKnownProviders } from './endpoint.ts';
import type { LocalServer } from './local-server.ts';

export interface ChosenModel {
  readonly model: string;
  /** One sentence for people: what was chosen, and why. */
  readonly sentence: string;
  readonly rehearsal: boolean;
}

export interface ChooseModelOptions extends ProviderSetup {
  /** The top-level `model` of the configuration. */
  readonly configModel?: string | undefined;
  /** Looks for a model server on this machine; left out, none is looked for. */
  readonly probeLocal?: (() => Promise<LocalServer | undefined>) | undefined;
}

/** Sensible models to begin with: not the dearest, good at tools. In the order in which providers are looked for. */
export const firstModels: Readonly<Record<Exclude<ProviderType, 'openai-compatible'>, string>> = {
  anthropic: 'claude-sonnet-5',
  openai: 'gpt-5.4',
  google: 'gemini-3.5-flash',
  openrouter: 'anthropic/claude-sonnet-5',
};

export async function chooseModel(options: ChooseModelOptions): Promise<ChosenModel> {
  if (options.configModel !== undefined) {
    const rehearsal = isRehearsal(options.configModel);
    return {
      model: options.configModel,
      rehearsal,
      sentence: `Agents use ${options.configModel}, as configured${rehearsal ? '; it is a script, not a model' : ''}.`,
    };
  }
  const keyed = await firstWithKey(options);
  if (keyed !== undefined) return { model: keyed.model, rehearsal: false, sentence: `No model is configured, so agents use ${keyed.model}: ${keyed.reason}.` };
  const local = await options.probeLocal?.();
  if (local !== undefined) {
    const model = `${local.provider}/${local.model}`;
    return {
      model,
      rehearsal: false,
      sentence: `No model is configured and no key was found, so agents use ${model}: a model server answers at ${local.baseUrl}.`,
    };
  }
  return { model: 'rehearsal/default', rehearsal: true, sentence: rehearsalSentence(options) };
}

export function isRehearsal(model: string): boolean {
  return model.startsWith('rehearsal/');
}

interface Keyed {
  readonly model: string;
  readonly reason: string;
}

async function firstWithKey(setup: ProviderSetup): Promise<Keyed | undefined> {
  for (const [type, name] of Object.entries(firstModels)) {
    const provider = await firstUsable(type, setup);
    if (provider === undefined) continue;
    const configured = setup.providers?.has(provider) === true;
    return { model: `${provider}/${name}`, reason: configured ? `providers.${provider} has a key` : `${keyVariable(type, setup.env)} is set` };
  }
  return undefined;
}

/** The provider of that name, else the first configured one of that type. */
async function firstUsable(type: string, setup: ProviderSetup): Promise<string | undefined> {
  const configured = [...(setup.providers ?? [])].filter(([name, settings]) => settings.type === type && name !== type);
  const named = (setup.providers?.get(type)?.type ?? type) === type ? [type] : [];
  for (const name of [...named, ...configured.map(([other]) => other)]) {
    const usable = await resolveEndpoint(name, setup).then(
      (endpoint) => endpoint.apiKey !== undefined,
      () => false,
    );
    if (usable) return name;
  }
  return undefined;
}

function keyVariable(type: string, env: Environment): string {
  return keyVariables(type).find((name) => (env[name]?.trim() ?? '') !== '') ?? type;
}

function keyVariables(type: string): readonly string[] {
  return Object.entries(wellKnownProviders).find(([name]) => name === type)?.[1].keys ?? [];
}

function rehearsalSentence(options: ChooseModelOptions): string {
  const variables = Object.keys(firstModels).flatMap((type) => keyVariables(type).slice(0, 1));
  const configured = [...(options.providers?.keys() ?? [])];
  const hint =
    configured.length === 0
      ? `Set ${variables.slice(0, -1).join(', ')} or ${variables.at(-1) ?? ''}, or name a model in the configuration.`
      : `Name a model in the configuration, for instance model: ${configured[0] ?? ''}/<model>.`;
  const missing =
    options.probeLocal === undefined
      ? 'No model is configured and no key was found'
      : 'No model is configured, no key was found and no model server answers on this machine';
  return `${missing}, so agents rehearse: their answers come from a script. ${hint}`;
}
