/** The OpenAI-compatible services behind pictures, speech and looking at images. */
import { refuse, type Settled } from '@guildhall/protocol';
import { plainHost } from '../web/web-address.ts';
import { fetchWeb, type WebAnswer, type WebRules } from '../web/web-fetch.ts';

/** A service as the operator configured it. The key goes to `baseUrl` only. */
export interface MediaBackend {
  /** Such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** As the service names it, without a provider. */
  readonly model: string;
  /** For speech. */
  readonly voice?: string;
}

export function hostOf({ baseUrl }: MediaBackend): string {
  return plainHost(new URL(baseUrl));
}

const mostAnswerBytes = 40 * 1024 * 1024;
const deadlineMs = 120_000;

/** Posts JSON to a path of the service; refuses every answer but 200, without repeating its words. */
export async function askBackend(
  service: MediaBackend,
  path: string,
  body: unknown,
  accepts: (mediaType: string) => boolean,
  signal: AbortSignal,
  rules: WebRules,
): Promise<Settled<WebAnswer>> {
  const base = new URL(service.baseUrl.endsWith('/') ? service.baseUrl : `${service.baseUrl}/`);
  const answer = await fetchWeb(
    {
      url: new URL(path, base).href,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(service.apiKey === undefined ? {} : { authorization: `Bearer ${service.apiKey}` }) },
      body: JSON.stringify(body),
      configuredOrigin: base.origin,
      mostBytes: mostAnswerBytes,
      deadlineMs,
      signal,
      accepts: (mediaType) => accepts(mediaType) || mediaType.endsWith('json'),
    },
    rules,
  );
  if (!answer.ok) return refuse(answer.refusal.code, `the service ${base.host} did not answer: ${answer.refusal.message}`);
  const { status, mediaType } = answer.value;
  if (status !== 200)
    return refuse('upstream-failed', `the service ${base.host} answered ${status}${status === 401 ? '; check its key in the configuration' : ''}`);
  return accepts(mediaType) ? answer : refuse('upstream-failed', `the service ${base.host} answered with ${mediaType}, which was not asked for`);
}
