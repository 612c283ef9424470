/** The search services that can stand behind `web_search`, and how each is asked. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import { plainHost } from './web-address.ts';
import { fetchWeb, type WebRequest, type WebRules } from './web-fetch.ts';

export type SearchBackend =
  | { readonly type: 'searxng'; readonly baseUrl: string }
  | { readonly type: 'brave'; readonly apiKey: string; readonly baseUrl?: string }
  | { readonly type: 'tavily'; readonly apiKey: string; readonly baseUrl?: string };

export interface SearchHit {
  readonly title: string;
  readonly url: string;
  readonly excerpt: string;
}

const hit = z.object({ title: z.string().catch(''), url: z.string(), content: z.string().nullish(), description: z.string().nullish() });
const answerShape = z.union([z.object({ results: z.array(hit) }), z.object({ web: z.object({ results: z.array(hit) }) }).transform(({ web }) => web)]);

const mostBytes = 2 * 1024 * 1024;
const deadlineMs = 20_000;

export async function searchWeb(
  backend: SearchBackend,
  query: string,
  limit: number,
  signal: AbortSignal,
  rules: WebRules,
): Promise<Settled<readonly SearchHit[]>> {
  const asked = requestFor(backend, query, limit);
  const answer = await fetchWeb(
    { ...asked, configuredOrigin: new URL(asked.url).origin, mostBytes, deadlineMs, signal, accepts: (type) => type.endsWith('json') },
    rules,
  );
  if (!answer.ok) return refuse(answer.refusal.code, `the search service did not answer: ${answer.refusal.message}`);
  if (answer.value.status !== 200)
    return refuse(
      'upstream-failed',
      `the search service answered ${answer.value.status}${answer.value.status === 401 ? '; check its key in the configuration' : ''}`,
    );
  const parsed = answerShape.safeParse(parseJson(answer.value.bytes));
  if (!parsed.success) return refuse('upstream-failed', 'the search service answered in a shape that is not known here');
  return done(parsed.data.results.slice(0, limit).map(({ title, url, content, description }) => ({ title, url, excerpt: content ?? description ?? '' })));
}

export function hostOfSearch(backend: SearchBackend): string {
  return plainHost(new URL(requestFor(backend, '', 1).url));
}

function requestFor(backend: SearchBackend, query: string, limit: number): Pick<WebRequest, 'url' | 'method' | 'headers' | 'body'> {
  if (backend.type === 'tavily') {
    return {
      url: backend.baseUrl ?? 'https://api.tavily.com/search',
      method: 'POST',
      headers: { authorization: `Bearer ${backend.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, max_results: limit }),
    };
  }
  if (backend.type === 'brave') {
    const url = new URL(backend.baseUrl ?? 'https://api.search.brave.com/res/v1/web/search');
    url.search = new URLSearchParams({ q: query, count: String(limit) }).toString();
    return { url: url.href, headers: { 'x-subscription-token': backend.apiKey } };
  }
  const url = new URL('search', backend.baseUrl.endsWith('/') ? backend.baseUrl : `${backend.baseUrl}/`);
  url.search = new URLSearchParams({ q: query, format: 'json' }).toString();
  return { url: url.href };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
