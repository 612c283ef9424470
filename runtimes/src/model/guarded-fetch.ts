/**
 * The `fetch` that providers are given. It keeps a key from following a redirect to another host, tells a web page from a model's answer, and bounds what one answer may
 * weigh. It asks only the provider it was made for, so there is no gateway anything could slip to.
 */
import { ModelFailure } from '@guildhall/sessions';

/** The heaviest answer taken, in bytes on the wire: a hundred times what any model writes in one step. */
const maxAnswerBytes = 64 * 1024 * 1024;

export function guardFetch(fetch: typeof globalThis.fetch, provider: string): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'manual' });
    if (response.status >= 300 && response.status < 400) throw await discard(response, movedAway(provider, response.status));
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && /^\s*(?:text\/html|application\/(?:json|xhtml\+xml))/i.test(type)) throw await discard(response, notAStream(provider, type));
    return response.body === null ? response : new Response(guardSize(response.body, provider, maxAnswerBytes), response);
  };
}

async function discard(response: Response, failure: ModelFailure): Promise<ModelFailure> {
  await response.body?.cancel();
  return failure;
}

/** The same bytes, and a failure after `most` of them. */
export function guardSize(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  provider: string,
  most: number,
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  let bytes = 0;
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= most) controller.enqueue(chunk);
      else controller.error(new ModelFailure('bad-answer', `${provider} sent more than ${most} bytes in one answer; it was cut off`, { retryable: false }));
    },
  });
  return body === null ? null : body.pipeThrough(count);
}

function movedAway(provider: string, status: number): ModelFailure {
  const message = `${provider} answered with a redirect (${status}), which is not followed so that the key stays with its host; set providers.${provider}.base_url to the final address`;
  return new ModelFailure('not-configured', message, { retryable: false });
}

function notAStream(provider: string, type: string): ModelFailure {
  const message = `${provider} answered with ${type.split(';')[0]?.trim() ?? 'a page'} instead of a stream; a proxy or sign-in page may stand in between, or the address is not that of a model server`;
  return new ModelFailure('bad-answer', message, { retryable: true });
}
