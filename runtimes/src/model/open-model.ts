/** The only place where vendors' clients are loaded, each on first use. Every address and key is passed explicitly, so that none reads the process environment. */
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { type Endpoint, wellKnownProviders } from './endpoint.ts';
import { guardFetch } from './guarded-fetch.ts';

/** What stands in for a key at servers that want none; vendors' clients insist on a value. */
const noKey = 'none';

export async function openModel(endpoint: Endpoint, name: string, fetch: typeof globalThis.fetch): Promise<LanguageModelV4> {
  const settings = { baseURL: endpoint.baseUrl, apiKey: endpoint.apiKey ?? noKey, fetch: guardFetch(fetch, endpoint.provider) };
  switch (endpoint.type) {
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic(settings).languageModel(name);
    }
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const openai = createOpenAI(settings);
      // OpenAI itself is asked through Responses; somebody else's server behind this type through Chat Completions, which they all have.
      return endpoint.baseUrl === wellKnownProviders.openai.baseUrl ? openai.responses(name) : openai.chat(name);
    }
    case 'google': {
      const { createGoogle } = await import('@ai-sdk/google');
      return createGoogle(settings).languageModel(name);
    }
    case 'openrouter':
    case 'openai-compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const { baseURL, fetch: guarded } = settings;
      return createOpenAICompatible({
        name: 'compatible',
        baseURL,
        fetch: guarded,
        includeUsage: true,
        ...(endpoint.apiKey === undefined ? {} : { apiKey: endpoint.apiKey }),
      }).chatModel(name);
    }
    default:
      return endpoint.type satisfies never;
  }
}
