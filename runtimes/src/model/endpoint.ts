/**
 * Which vendor a model id means, where that vendor is, and with which key. A model id is `<provider>/<model>`; what follows the first slash is the vendor's own name for
 * the model and may hold slashes itself. Nothing here asks a network, and no id ever goes anywhere but to the provider it names.
 */
import { readFile } from 'node:fs/promises';
import { ModelFailure } from '@guildhall/sessions';

export type ProviderType = 'anthropic' | 'openai' | 'google' | 'openrouter' | 'openai-compatible';

/** Where a key is kept. The file's text is trimmed and read anew for every step, so that a rotated key counts at once; `~/` is the `HOME` of the environment. */
export type KeyReference = { readonly kind: 'env'; readonly name: string } | { readonly kind: 'file'; readonly path: string };

/** One entry under `providers:` in the configuration. */
export interface ProviderSettings {
  readonly type: ProviderType;
  readonly baseUrl?: string | undefined;
  readonly apiKey?: KeyReference | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is needed to resolve a model id. `env` is a plain record handed in. */
export interface ProviderSetup {
  readonly providers?: ReadonlyMap<string, ProviderSettings>;
  readonly env: Environment;
}

/** A provider that can be asked. */
export interface Endpoint {
  readonly provider: string;
  readonly type: ProviderType;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
}

interface WellKnown {
  readonly type: ProviderType;
  readonly baseUrl: string;
  /** Variables that usually hold the key, the most specific first; none for local servers, which need no key. */
  readonly keys: readonly string[];
  /** The variable that usually moves the provider elsewhere. */
  readonly baseUrlKey?: string;
}

/** Names that work with nothing configured. */
export const wellKnownProviders = {
  anthropic: { type: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', keys: ['ANTHROPIC_API_KEY'], baseUrlKey: 'ANTHROPIC_BASE_URL' },
  openai: { type: 'openai', baseUrl: 'https://api.openai.com/v1', keys: ['OPENAI_API_KEY'], baseUrlKey: 'OPENAI_BASE_URL' },
  google: {
    type: 'google',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    keys: ['GEMINI_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY', 'GOOGLE_API_KEY'],
  },
  openrouter: { type: 'openrouter', baseUrl: 'https://openrouter.ai/api/v1', keys: ['OPENROUTER_API_KEY'] },
  ollama: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1', keys: [], baseUrlKey: 'OLLAMA_HOST' },
  vllm: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:8000/v1', keys: [] },
  lmstudio: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:1234/v1', keys: [] },
} as const satisfies Readonly<Record<string, WellKnown>>;

const wellKnown: Readonly<Record<string, WellKnown>> = wellKnownProviders;

export interface ModelName {
  readonly provider: string;
  readonly name: string;
}

/** Splits at the first slash. `not-configured` for an id without a provider: a bare name is never guessed at. */
export function splitModelId(id: string): ModelName {
  const slash = id.indexOf('/');
  if (slash > 0 && slash < id.length - 1) return { provider: id.slice(0, slash), name: id.slice(slash + 1) };
  throw notConfigured(
    `"${id}" does not say whose model it is; write <provider>/<model>, for instance anthropic/${slash === -1 && id !== '' ? id : 'claude-sonnet-5'}`,
  );
}

/** Finds the provider and its key. Every failure is `not-configured` and says which variable or configuration key to set. */
export async function resolveEndpoint(provider: string, setup: ProviderSetup): Promise<Endpoint> {
  const configured = setup.providers?.get(provider);
  const known = wellKnownEntry(provider);
  if (configured === undefined && known === undefined) throw unknownProvider(provider, setup);
  const type = configured?.type ?? known?.type ?? 'openai-compatible';
  const usual = known?.type === type ? known : wellKnownEntry(type);
  const baseUrl = baseUrlOf(provider, configured, usual, setup.env);
  if (configured?.apiKey !== undefined) return { provider, type, baseUrl, apiKey: await readKey(provider, configured.apiKey, setup.env) };
  // The usual variable belongs to the usual place: it is not sent to an address that only the configuration names.
  const usualKey = configured?.baseUrl === undefined ? usual?.keys.map((name) => setup.env[name]?.trim() ?? '').find((key) => key !== '') : undefined;
  if (usualKey === undefined && type !== 'openai-compatible' && configured?.baseUrl === undefined) throw missingKey(provider, usual?.keys ?? []);
  return { provider, type, baseUrl, apiKey: usualKey === undefined ? undefined : checkKey(provider, usualKey) };
}

/** Every key in the environment that some provider may use: what must never be shown. */
export function knownSecrets(setup: ProviderSetup): readonly string[] {
  const names = Object.values(wellKnown).flatMap((entry) => entry.keys);
  for (const { apiKey } of setup.providers?.values() ?? []) {
    if (apiKey?.kind === 'env') names.push(apiKey.name);
  }
  return names.map((name) => setup.env[name]?.trim() ?? '').filter((secret) => secret !== '');
}

function wellKnownEntry(name: string): WellKnown | undefined {
  return Object.hasOwn(wellKnown, name) ? wellKnown[name] : undefined;
}

function baseUrlOf(provider: string, configured: ProviderSettings | undefined, usual: WellKnown | undefined, env: Environment): string {
  if (configured?.baseUrl !== undefined) return checkUrl(configured.baseUrl, `providers.${provider}.base_url`);
  const variable = usual?.baseUrlKey;
  const moved = variable === undefined ? undefined : env[variable]?.trim();
  if (variable !== undefined && moved !== undefined && moved !== '') return checkUrl(variable === 'OLLAMA_HOST' ? ollamaUrl(moved) : moved, variable);
  if (usual === undefined)
    throw notConfigured(`the provider "${provider}" has no address; set providers.${provider}.base_url, for instance http://127.0.0.1:8000/v1`);
  return usual.baseUrl;
}

/** `OLLAMA_HOST` is what Ollama's own programs read: a host, a port or both, with or without a scheme. A server that listens everywhere is asked on this machine. */
function ollamaUrl(host: string): string {
  const [scheme, rest] = host.includes('://') ? [host.slice(0, host.indexOf('://')), host.slice(host.indexOf('://') + 3)] : ['', host];
  const [name = '', port] = rest.replace(/\/.*$/, '').split(/:(?=\d*$)/);
  const shown = name === '' || name === '0.0.0.0' ? '127.0.0.1' : name;
  return `${scheme === '' ? 'http' : scheme}://${shown}${port === undefined ? (scheme === '' ? ':11434' : '') : `:${port}`}/v1`;
}

function checkUrl(text: string, where: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw notConfigured(`${where} is not an http or https address; write for instance http://127.0.0.1:8000/v1`);
  if (url.username !== '' || url.password !== '') throw notConfigured(`${where} carries a user name or password; put the key into api_key instead`);
  return text.replace(/\/+$/, '');
}

async function readKey(provider: string, source: KeyReference, env: Environment): Promise<string> {
  if (source.kind === 'env') {
    const key = env[source.name]?.trim() ?? '';
    if (key === '')
      throw notConfigured(
        `providers.${provider}.api_key points to the environment variable ${source.name}, which is not set; set it and start the daemon again`,
      );
    return checkKey(provider, key);
  }
  const key = await readFile(source.path.replace(/^~(?=\/)/, env['HOME'] ?? '~'), 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  if (key === '') throw notConfigured(`providers.${provider}.api_key points to the file ${source.path}, which is empty or cannot be read; put the key into it`);
  return checkKey(provider, key);
}

/** A key goes into a header; anything a header cannot carry is refused here, in words that do not repeat it. */
function checkKey(provider: string, key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw notConfigured(`the key for "${provider}" contains a space, a line break or a letter no key has; copy it again`);
}

function missingKey(provider: string, variables: readonly string[]): ModelFailure {
  return notConfigured(
    `there is no key for "${provider}"; set ${variables.join(' or ')} in the daemon's environment, or providers.${provider}.api_key in the configuration`,
  );
}

function unknownProvider(provider: string, setup: ProviderSetup): ModelFailure {
  const names = [...new Set([...(setup.providers?.keys() ?? []), ...Object.keys(wellKnown)])];
  return notConfigured(
    `there is no model provider "${provider}"; known are ${names.join(', ')} and rehearsal; add providers.${provider} with type and base_url to the configuration`,
  );
}

function notConfigured(message: string): ModelFailure {
  return new ModelFailure('not-configured', message, { retryable: false });
}
