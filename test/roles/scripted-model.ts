/** A model behind an OpenAI-compatible server written by others, which says what a rehearsal script says: the whole wire is real, the mind is not. */
import path from 'node:path';
import { LLMock, type ChatCompletionRequest, type ChatMessage } from '@copilotkit/aimock';
import { createRehearsalRuntime } from '@guildhall/runtimes';
import type { ModelMessage, ModelToolCall } from '@guildhall/sessions';

export interface ScriptedModel {
  /** The base URL, with `/v1`. */
  readonly url: string;
  readonly requests: () => number;
  close(): Promise<unknown>;
}

export async function openScriptedModel(script: string, agents: readonly string[]): Promise<ScriptedModel> {
  const runtime = createRehearsalRuntime({ folder: path.dirname(script) });
  const server = new LLMock({ port: 0, chunkSize: 40 });
  let requests = 0;
  let calls = 0;
  server.on({ predicate: () => true }, async (request) => {
    requests += 1;
    const system = textOf(request.messages.find(({ role }) => role === 'system'));
    const agent = agents.find((one) => system.includes(`"${one}"`)) ?? '';
    const asked = { model: `rehearsal/${path.basename(script)}`, agent, sessionKey: '', system, messages: toMessages(request), tools: [] };
    let content = '';
    const toolCalls = [];
    for await (const part of runtime.stream(asked, AbortSignal.timeout(30_000))) {
      if (part.type === 'text') content += part.text;
      if (part.type === 'tool-call') toolCalls.push({ id: `call_${(calls += 1)}`, name: part.tool, arguments: JSON.stringify(part.args) });
    }
    return toolCalls.length === 0 ? { content } : { content, toolCalls };
  });
  await server.start();
  return { url: `${server.url}/v1`, requests: () => requests, close: () => server.stop() };
}

function toMessages({ messages }: ChatCompletionRequest): readonly ModelMessage[] {
  const tools = new Map(messages.flatMap(({ tool_calls: calls = [] }) => calls.map((call) => [call.id, call.function.name] as const)));
  return messages.flatMap((message): readonly ModelMessage[] => {
    const text = textOf(message);
    if (message.role === 'user') return [{ speaker: 'user', text }];
    if (message.role === 'assistant') return [{ speaker: 'assistant', text, toolCalls: (message.tool_calls ?? []).map(toCall) }];
    if (message.role !== 'tool') return [];
    const callId = message.tool_call_id ?? '';
    return [{ speaker: 'tool', callId, tool: tools.get(callId) ?? '', text, isError: false }];
  });
}

function toCall({ id, function: called }: NonNullable<ChatMessage['tool_calls']>[number]): ModelToolCall {
  return { callId: id, tool: called.name, args: called.arguments };
}

function textOf(message: ChatMessage | undefined): string {
  const content = message?.content ?? '';
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}
