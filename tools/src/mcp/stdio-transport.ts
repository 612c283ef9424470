/** MCP over the input and output of a child: one JSON-RPC message a line, lines bounded, an environment of our choosing, ended as a group. */
import { validateJSONRPCMessage, type MCPTransport } from '@ai-sdk/mcp';
import { createBoundedText } from '../commands/bounded-text.ts';
import { startChild, type ChildRequest } from '../commands/child-process.ts';

/** A server that writes a longer line is cut off. */
const longestLineBytes = 8 * 1024 * 1024;

export interface StdioTransport extends MCPTransport {
  /** The end of what the server wrote to its error output; others' text. */
  errorOutput(): string;
}

/** `onEnd` is called once, when nothing of the server is left. */
export function createStdioTransport(request: ChildRequest, onEnd: () => void): StdioTransport {
  const errors = createBoundedText(0, 2000);
  let child: ReturnType<typeof startChild> | undefined;
  const transport: StdioTransport = {
    supportsProtocolVersionDiscovery: true,
    errorOutput: () => errors.text(),
    async start() {
      const started = startChild(request);
      child = started;
      if (started.pid === undefined) {
        const end = await started.ended;
        throw new Error(end.kind === 'not-started' && end.code === 'ENOENT' ? `there is no program called ${request.argv[0]}` : 'the program did not start');
      }
      started.stderr.on('data', (part: Buffer) => errors.append(part.toString('utf8')));
      readLines(
        started.stdout,
        (line) => deliver(transport, line),
        () => void started.stop(),
      );
      void started.ended.then(() => {
        onEnd();
        transport.onclose?.();
      });
    },
    async send(message) {
      if (child === undefined) throw new Error('the server is not running');
      const { stdin } = child;
      if (!stdin.writable) throw new Error('the server has ended');
      await new Promise<void>((resolve, reject) => {
        stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
      });
    },
    async close() {
      await child?.stop();
    },
  };
  return transport;
}

/** Hands a message on. What is not one, or answers nothing that was asked, is reported and otherwise ignored. */
function deliver(transport: MCPTransport, line: string): void {
  if (line.trim() === '') return;
  try {
    const data: unknown = JSON.parse(line);
    transport.onmessage?.(validateJSONRPCMessage(data));
  } catch (error) {
    transport.onerror?.(error instanceof Error ? error : new Error('not a message'));
  }
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void, onFlood: () => void): void {
  let parts: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (part: Buffer) => {
    let rest = part;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      onLine(Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8'));
      [parts, bytes, rest] = [[], 0, rest.subarray(end + 1)];
    }
    bytes += rest.length;
    parts.push(rest);
    if (bytes <= longestLineBytes) return;
    [parts, bytes] = [[], 0];
    onFlood();
  });
}
