/** A live connection to one MCP server. */
import { createMCPClient, MCPClientError, type MCPClient } from '@ai-sdk/mcp';
import { deadline } from '@guildhall/kernel';
import { done, refuse, type JsonObject, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import type { ChildRequest } from '../commands/child-process.ts';
import { printable, printableLine } from '../printable.ts';
import { createStdioTransport } from './stdio-transport.ts';
import { mostTools, servedToolsIn, type ServedTool } from './tool-set.ts';

export interface McpConnection {
  /** False once the server has gone or misbehaved; then connect again. */
  readonly alive: () => boolean;
  listTools(signal: AbortSignal): Promise<Settled<readonly ServedTool[]>>;
  callTool(name: string, args: JsonObject, signal: AbortSignal): Promise<Settled<{ readonly text: string; readonly isError: boolean }>>;
  close(): Promise<void>;
}

export type McpEndpoint =
  | { readonly kind: 'stdio'; readonly child: ChildRequest }
  | { readonly kind: 'http'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

const connectMs = 20_000;
const listMs = 10_000;
const mostPages = 10;
const longestResult = 55_000;
const mostHttpBytes = 32 * 1024 * 1024;

/** Connects within a deadline; the refusal says why not, without the server's words. */
export async function connectServer(endpoint: McpEndpoint, signal: AbortSignal): Promise<Settled<McpConnection>> {
  const first = await tryConnect(endpoint, signal, true);
  // Some servers end when anything but `initialize` comes first.
  if (!first.ok && first.refusal.code === 'upstream-failed' && endpoint.kind === 'stdio' && !signal.aborted) return tryConnect(endpoint, signal, false);
  return first;
}

async function tryConnect(endpoint: McpEndpoint, signal: AbortSignal, protocolVersionDiscovery: boolean): Promise<Settled<McpConnection>> {
  const limit = deadline(connectMs, signal);
  let alive = true;
  const lost = () => {
    alive = false;
  };
  const transport = endpoint.kind === 'http' ? httpTransport(endpoint) : createStdioTransport(endpoint.child, lost);
  const closeTransport = async () => ('close' in transport ? transport.close() : undefined);
  try {
    const client = await createMCPClient({
      transport,
      clientName: 'guildhall',
      protocolVersionDiscovery,
      initializationOptions: { signal: limit.signal },
      onUncaughtError: () => undefined,
    });
    return done(connectionOf(client, () => alive, lost, closeTransport));
  } catch (error) {
    await closeTransport();
    if (limit.expired()) return refuse('timed-out', `it did not answer within ${connectMs / 1000} s`);
    return refuse('upstream-failed', `it could not be reached: ${reasonOf(error)}`);
  } finally {
    limit.clear();
  }
}

function httpTransport(endpoint: Extract<McpEndpoint, { readonly kind: 'http' }>) {
  return { type: 'http' as const, url: endpoint.url, headers: { ...endpoint.headers }, redirect: 'error' as const, fetch: boundedFetch };
}

/** `fetch` whose answers end with an error when they grow past a limit. */
const boundedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.body === null) return response;
  let bytes = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(part, controller) {
        bytes += part.length;
        if (bytes > mostHttpBytes) controller.error(new Error('the answer is too large'));
        else controller.enqueue(part);
      },
    }),
  );
  return new Response(counted, { status: response.status, statusText: response.statusText, headers: response.headers });
};

function connectionOf(client: MCPClient, alive: () => boolean, lost: () => void, closeTransport: () => Promise<void>): McpConnection {
  const close = async () => {
    lost();
    await client.close().catch(() => undefined);
    await closeTransport();
  };
  return {
    alive,
    close,
    async listTools(signal) {
      const limit = deadline(listMs, signal);
      try {
        const tools: ServedTool[] = [];
        let cursor: string | undefined;
        for (let page = 0; page < mostPages; page += 1) {
          const listed = await client.listTools({ ...(cursor === undefined ? {} : { params: { cursor } }), options: { signal: limit.signal } });
          tools.push(...servedToolsIn(listed.tools));
          cursor = listed.nextCursor;
          if (cursor === undefined || tools.length > mostTools) break;
        }
        return tools.length > mostTools || cursor !== undefined ? refuse('limit-reached', `it offers more than ${mostTools} tools`) : done(tools);
      } catch (error) {
        await close();
        return refuse(
          'upstream-failed',
          limit.expired() ? `it did not list its tools within ${listMs / 1000} s` : `it could not list its tools: ${reasonOf(error)}`,
        );
      } finally {
        limit.clear();
      }
    },
    async callTool(name, args, signal) {
      try {
        return done(readResult(await client.callTool({ name, arguments: { ...args }, options: { signal } })));
      } catch (error) {
        if (signal.aborted) return refuse('timed-out', 'the call was ended before the server answered');
        if (MCPClientError.isInstance(error) && error.code !== undefined)
          return done({ text: `The server refused the call: ${printableLine(error.message, 2000)}`, isError: true });
        await close();
        return refuse('upstream-failed', `the server was lost during the call (${reasonOf(error)}); whether the call took effect is not known`);
      }
    },
  };
}

const resultShape = z.object({
  content: z
    .array(
      z.looseObject({
        type: z.string(),
        text: z.string().optional(),
        mimeType: z.string().optional(),
        resource: z.looseObject({ text: z.string().optional() }).optional(),
      }),
    )
    .optional(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

function readResult(answer: unknown): { readonly text: string; readonly isError: boolean } {
  const parsed = resultShape.safeParse(answer);
  if (!parsed.success) return { text: 'The server answered in a shape that is not known.', isError: true };
  const { content = [], structuredContent, isError = false } = parsed.data;
  const parts = content.map(
    ({ type, text, mimeType, resource }) => text ?? resource?.text ?? `[${type}${mimeType === undefined ? '' : ` ${mimeType}`}, not shown]`,
  );
  if (parts.length === 0 && structuredContent !== undefined) parts.push(JSON.stringify(structuredContent, null, 2));
  const text = printable(parts.join('\n')).slice(0, longestResult);
  return { text: text === '' ? '(no output)' : text, isError };
}

/** Our own words for an error; a server's words could be anything. */
function reasonOf(error: unknown): string {
  if (MCPClientError.isInstance(error)) return error.statusCode === undefined ? 'it broke off or broke the protocol' : `HTTP status ${error.statusCode}`;
  if (error instanceof Error && error.message.startsWith('there is no program')) return printableLine(error.message, 120);
  return 'it broke off or broke the protocol';
}
