/**
 * The daemon's MCP door (Streamable HTTP), for one client.
 *
 * The client begins with `initialize`; the daemon's answer names the protocol version and the session, and both go along with everything after it. When the daemon no longer knows the
 * session, because it was restarted, the client is introduced again with the same words and the message is sent once more. A message that names its protocol version itself needs neither.
 */
import { done, refuse, type Json, type JsonObject, type Settled } from '@guildhall/protocol';
import type { Ask } from '../../http/daemon-client.ts';
import { readMessages } from '../../http/event-stream.ts';
import { pauses } from '../../streaming/follow-stream.ts';
import type { Call } from '../../verb.ts';
import { headersAbout, parseJson, requestIdOf, versionIn, versionOf } from './json-rpc.ts';
import { readAnswer } from './read-answer.ts';

/** Takes what the daemon says. */
type Tell = (message: Json) => void;

export interface Door {
  /** Says `initialize` and keeps what was agreed. */
  introduce(message: JsonObject, tell: Tell): Promise<Settled<null>>;
  /** `signal` leaves the connection before the answer, which is how a request without a session is cancelled. */
  carry(message: JsonObject, tell: Tell, signal: AbortSignal): Promise<Settled<null>>;
  /** What the daemon sends by itself, where it offers that; until `signal` aborts. */
  listen(tell: Tell, signal: AbortSignal): Promise<void>;
  /** Ends the session; it would also end by itself. */
  leave(): Promise<void>;
}

/** What was agreed with the daemon that answers now. */
interface Session {
  readonly id: string | undefined;
  readonly version: string | undefined;
}

const path = '/mcp';
const notFound = 404;
const forever = Number.MAX_SAFE_INTEGER;
const goodbyeMs = 2000;

export function openDoor(call: Call, lane: string | undefined): Door {
  let introduction: JsonObject | undefined;
  let session: Session | undefined;
  let reviving: Promise<Settled<Session>> | undefined;

  const headersOf = (at: Session | undefined) => ({
    accept: 'application/json, text/event-stream',
    ...(lane === undefined ? {} : { 'guildhall-lane': lane }),
    ...(call.environment.claimToken === undefined ? {} : { 'claim-token': call.environment.claimToken }),
    ...(at?.id === undefined ? {} : { 'mcp-session-id': at.id }),
    ...(at?.version === undefined ? {} : { 'mcp-protocol-version': at.version }),
  });
  const exchange = async (method: 'get' | 'post' | 'delete', at: Session | undefined, ask: Ask): Promise<Settled<Response>> => {
    const daemon = await call.connect();
    return daemon.ok ? daemon.value.exchange(method, path, { ...ask, headers: { ...headersOf(at), ...ask.headers } }) : daemon;
  };
  const agree = async (message: JsonObject, tell: Tell): Promise<Settled<Session>> => {
    const response = await exchange('post', undefined, { body: message });
    if (!response.ok) return response;
    let version: string | undefined;
    const read = await readAnswer(response.value, requestIdOf(message), (said) => {
      version ??= versionIn(said);
      tell(said);
    });
    if (!read.ok) return read;
    session = { id: response.value.headers.get('mcp-session-id') ?? undefined, version };
    return done(session);
  };
  const agreeAgain = async (): Promise<Settled<Session>> => {
    if (introduction === undefined) return refuse('wrong-state', 'The daemon knows no session of this client. Begin with initialize.');
    const again = await agree(introduction, () => undefined);
    if (again.ok) await exchange('post', again.value, { body: { jsonrpc: '2.0', method: 'notifications/initialized' } });
    return again;
  };
  /** Many messages may find the session gone at the same time; the first one introduces the client again. */
  const revive = (gone: Session): Promise<Settled<Session>> => {
    if (session !== undefined && session !== gone) return Promise.resolve(done(session));
    reviving ??= agreeAgain().finally(() => (reviving = undefined));
    return reviving;
  };

  return {
    async introduce(message, tell) {
      introduction = message;
      const agreed = await agree(message, tell);
      return agreed.ok ? done(null) : agreed;
    },
    async carry(message, tell, signal) {
      const own = versionOf(message);
      const at: Session | undefined = own === undefined ? session : { id: undefined, version: own };
      const ask = { body: message, headers: headersAbout(message), signal };
      const response = await exchange('post', at, ask);
      if (!response.ok) return response;
      if (response.value.status !== notFound || at?.id === undefined) return readAnswer(response.value, requestIdOf(message), tell);
      await response.value.body?.cancel();
      const revived = await revive(at);
      if (!revived.ok) return revived;
      const second = await exchange('post', revived.value, ask);
      return second.ok ? readAnswer(second.value, requestIdOf(message), tell) : second;
    },
    async listen(tell, signal) {
      let pause = pauses(forever, signal);
      let lastEventId: string | undefined;
      while (!signal.aborted && session !== undefined) {
        const at: Session = session;
        const resume = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
        const stream = await exchange('get', at, { headers: { accept: 'text/event-stream', ...resume }, signal });
        if (stream.ok && stream.value.ok && stream.value.body !== null) {
          pause = pauses(forever, signal);
          for await (const message of readMessages(stream.value.body)) {
            lastEventId = message.id ?? lastEventId;
            const said = parseJson(message.data);
            if (said !== undefined) tell(said);
          }
        } else if (stream.ok) {
          await stream.value.body?.cancel();
          // A daemon that offers no stream says so with another status than one that has forgotten the session.
          if (stream.value.status !== notFound) return;
          lastEventId = undefined;
          await revive(at);
        }
        await pause();
      }
    },
    async leave() {
      if (session?.id !== undefined) await exchange('delete', session, { timeoutMs: goodbyeMs });
    },
  };
}
