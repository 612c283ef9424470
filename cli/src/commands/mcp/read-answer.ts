import { isJsonObject, refuse, type Json, type JsonObject, type Settled } from '@guildhall/protocol';
import { readProblem } from '../../http/daemon-client.ts';
import { readMessages } from '../../http/event-stream.ts';
import { parseJson } from './json-rpc.ts';

/**
 * Tells every message of an answer to `tell`, those of a stream as they come. `id`: the request that waits for an answer among them. Refused when the daemon said no, and when that
 * answer never came.
 */
export async function readAnswer(response: Response, id: string | number | undefined, tell: (message: Json) => void): Promise<Settled<null>> {
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok) return readRefusal(response, type, id, tell);
  let answered = id === undefined;
  const pass = (text: string) => {
    const message = parseJson(text);
    if (message === undefined) return;
    if (isJsonObject(message) && isAnswer(message) && message['id'] === id) answered = true;
    tell(message);
  };
  if (type.startsWith('text/event-stream') && response.body !== null) for await (const { data } of readMessages(response.body)) pass(data);
  else pass(await response.text().catch(() => ''));
  if (answered) return { ok: true, value: null };
  return refuse('unknown-outcome', 'The connection to the daemon broke before the answer came. Whether it was done is not known: look before you ask again.');
}

/** A door that says no in JSON-RPC may not know which request it was about; the client does. */
async function readRefusal(response: Response, type: string, id: string | number | undefined, tell: (message: Json) => void): Promise<Settled<null>> {
  const message = type.startsWith('application/json') && id !== undefined ? parseJson(await response.text().catch(() => '')) : undefined;
  if (id === undefined || !isJsonObject(message) || !isAnswer(message)) return { ok: false, refusal: await readProblem(response, response.url) };
  tell({ ...message, id });
  return { ok: true, value: null };
}

function isAnswer(message: JsonObject): boolean {
  return 'result' in message || 'error' in message;
}
