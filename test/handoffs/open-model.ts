/** An OpenAI-compatible server written by others whose answers a test decides, request by request: the whole wire is real, the mind is not. */
import { LLMock, type ChatCompletionRequest, type ChatMessage } from '@copilotkit/aimock';

export interface Asked {
  /** The agent whose turn it is, by its prompt. */
  readonly agent: string;
  /** The last message that began or joined the turn. */
  readonly text: string;
  /** What tools answered since, oldest first. */
  readonly results: readonly string[];
  /** Steps the agent took since. */
  readonly steps: number;
  readonly tools: readonly string[];
}

export interface Answer {
  readonly say?: string;
  readonly calls?: readonly { readonly tool: string; readonly args: Readonly<Record<string, unknown>> }[];
}

export interface ModelServer {
  /** The base URL, with `/v1`. */
  readonly url: string;
  /** Each request as it came, with when, in milliseconds since the epoch. */
  readonly asked: readonly (Asked & { readonly at: number })[];
  close(): Promise<unknown>;
}

export async function openModel(agents: readonly string[], answer: (asked: Asked) => Answer | Promise<Answer>): Promise<ModelServer> {
  const server = new LLMock({ port: 0, chunkSize: 200 });
  const asked: (Asked & { at: number })[] = [];
  let calls = 0;
  server.on({ predicate: () => true }, async (request) => {
    const read = readRequest(request, agents);
    asked.push({ ...read, at: Date.now() });
    const { say = '', calls: wanted = [] } = await answer(read);
    const toolCalls = wanted.map(({ tool, args }) => ({ id: `call_${(calls += 1)}`, name: tool, arguments: JSON.stringify(args) }));
    return toolCalls.length === 0 ? { content: say } : { content: say, toolCalls };
  });
  await server.start();
  return { url: `${server.url}/v1`, asked, close: () => server.stop() };
}

/** The lines of a configuration with which agents ask this model. */
export function modelLines(server: ModelServer): string {
  return `model: local/scripted\nproviders:\n  local: { type: openai-compatible, base_url: "${server.url}" }\n`;
}

function readRequest({ messages, tools }: ChatCompletionRequest, agents: readonly string[]): Asked {
  const system = textOf(messages.find(({ role }) => role === 'system'));
  const began = messages.findLastIndex(({ role }) => role === 'user');
  const since = messages.slice(began + 1);
  return {
    agent: agents.find((one) => system.includes(`"${one}"`)) ?? '',
    text: textOf(messages[began]),
    results: since.filter(({ role }) => role === 'tool').map(textOf),
    steps: since.filter(({ role }) => role === 'assistant').length,
    tools: (tools ?? []).map((tool) => tool.function.name),
  };
}

function textOf(message: ChatMessage | undefined): string {
  const content = message?.content ?? '';
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}
