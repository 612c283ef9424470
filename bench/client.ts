/** A light client of a daemon: kept-alive connections, and streams of which only the frames wanted are looked at, so that little of what is measured is the client's own time. */
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { DaemonProcess } from '../test/harness/daemon-process.ts';

export interface Client {
  /** Sends a message of the operator; throws unless it was accepted. */
  send(chat: string, text: string): Promise<{ readonly sessionKey: string; readonly turnId: string }>;
  /** Waits for the end of a turn; throws unless it was completed. */
  awaitTurn(turnId: string): Promise<void>;
  /** Reads a session live; `onEnd` hears of each turn that ended. */
  follow(sessionKey: string, onEnd: () => void): Promise<{ close(): void }>;
  close(): void;
}

export function connect(daemon: DaemonProcess): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const open = (method: string, route: string, body?: string): ClientRequest => {
    const opened = request(`${daemon.url}${route}`, {
      agent,
      method,
      headers: { authorization: `Bearer ${daemon.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    });
    opened.end(body);
    return opened;
  };
  let sent = 0;
  return {
    async send(chat, text) {
      sent += 1;
      const body = JSON.stringify({ platform: 'terminal', chat, messageId: `${chat}-${sent}`, text });
      const answer = await readJson(await respond(open('POST', '/v1/messages', body)), 202);
      return { sessionKey: String(answer['sessionKey']), turnId: String(answer['turnId']) };
    },
    async awaitTurn(turnId) {
      const turn = await readJson(await respond(open('GET', `/v1/turns/${turnId}?waitMs=60000`)), 200);
      if (turn['status'] !== 'completed') throw new Error(`a turn was not completed: ${JSON.stringify(turn)}`);
    },
    async follow(sessionKey, onEnd) {
      const opened = open('GET', `/v1/sessions/${encodeURIComponent(sessionKey)}/stream`);
      const response = await respond(opened);
      if (response.statusCode !== 200) throw new Error(`the stream of ${sessionKey} was refused with ${response.statusCode}`);
      let rest = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) if (frame.includes('"RUN_FINISHED"')) onEnd();
      });
      response.on('error', () => {});
      opened.on('error', () => {});
      return { close: () => void opened.destroy() };
    },
    close: () => agent.destroy(),
  };
}

async function respond(opened: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(opened, 'response')) as [IncomingMessage];
  return response;
}

async function readJson(response: IncomingMessage, expected: number): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  if (response.statusCode !== expected) throw new Error(`the daemon answered ${response.statusCode}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
