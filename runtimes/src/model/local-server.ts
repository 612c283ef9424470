/** Model servers that people run on their own machine. */
import { deadline } from '@guildhall/kernel';
import { z } from 'zod';
import { type Environment, resolveEndpoint } from './endpoint.ts';
import { guardSize } from './guarded-fetch.ts';

/** A server on this machine and a model it holds. */
export interface LocalServer {
  readonly provider: string;
  readonly baseUrl: string;
  readonly model: string;
}

const localProviders = ['ollama', 'vllm', 'lmstudio'] as const;

const modelList = z.looseObject({ data: z.array(z.looseObject({ id: z.string().min(1).max(200) })) });

/**
 * Asks the usual local addresses, all at once, for their models; the first provider in the order Ollama, vLLM, LM Studio that has one for chat wins. Never throws; takes at
 * most `timeoutMs`. Sends no key.
 */
export async function findLocalServer(
  env: Environment,
  options: { readonly fetch?: typeof globalThis.fetch; readonly timeoutMs?: number } = {},
): Promise<LocalServer | undefined> {
  const limit = deadline(options.timeoutMs ?? 500);
  try {
    const found = await Promise.all(localProviders.map((provider) => askForModel(provider, env, options.fetch ?? globalThis.fetch, limit.signal)));
    return found.find((server) => server !== undefined);
  } finally {
    limit.clear();
  }
}

async function askForModel(provider: string, env: Environment, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<LocalServer | undefined> {
  try {
    const { baseUrl } = await resolveEndpoint(provider, { env });
    const response = await fetch(`${baseUrl}/models`, { signal, redirect: 'error' });
    const { data } = modelList.parse(JSON.parse(await new Response(guardSize(response.body, provider, 1_000_000)).text()));
    const model = data.find(({ id }) => !/embed|rerank|whisper/i.test(id))?.id;
    return response.ok && model !== undefined ? { provider, baseUrl, model } : undefined;
  } catch {
    return undefined;
  }
}
