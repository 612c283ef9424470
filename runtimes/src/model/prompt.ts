/** From what a turn asks to what a vendor's client takes. Pure. */
import type { LanguageModelV4CallOptions, LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { ModelMessage, ModelRequest, ModelToolCall } from '@guildhall/sessions';
import { isJsonObject } from '@guildhall/protocol';
import { readCarry } from './carry.ts';
import type { ProviderType } from './endpoint.ts';
import { wireName } from './tool-names.ts';

type AssistantContent = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'];
type ToolContent = Extract<LanguageModelV4Message, { role: 'tool' }>['content'];

/** Everything of a call but its signal. */
export function callOptionsOf(request: ModelRequest, type: ProviderType): LanguageModelV4CallOptions {
  const tools = request.tools.map((tool) => ({
    type: 'function' as const,
    name: wireName(tool.name),
    description: tool.description,
    inputSchema: { ...tool.inputSchema },
  }));
  return {
    prompt: promptOf(request, type),
    ...(tools.length === 0 ? {} : { tools, toolChoice: { type: 'auto' as const } }),
    ...reasoningOf(request, type),
    // Nothing is kept at the vendor: the transcript is here.
    ...(type === 'openai' ? { providerOptions: { openai: { store: false } } } : {}),
  };
}

function promptOf(request: ModelRequest, type: ProviderType): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  if (request.system !== '') prompt.push({ role: 'system', content: request.system.toWellFormed(), ...cacheMark(type) });
  for (const message of request.messages) addMessage(prompt, message, type);
  const last = prompt.at(-1);
  if (last !== undefined && last.role !== 'system') Object.assign(last, cacheMark(type));
  return prompt;
}

/** Anthropic caches up to a mark: one behind tools and system, which hardly change, one behind the conversation so far. The others cache by themselves. */
function cacheMark(type: ProviderType) {
  return type === 'anthropic' ? { providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } } } : {};
}

function addMessage(prompt: LanguageModelV4Prompt, message: ModelMessage, type: ProviderType): void {
  const text = message.text.toWellFormed();
  if (message.speaker === 'user') prompt.push({ role: 'user', content: [{ type: 'text', text: text.trim() === '' ? '(no text)' : text }] });
  else if (message.speaker === 'assistant') {
    const content = assistantContent(text, message.toolCalls, type);
    if (content.length > 0) prompt.push({ role: 'assistant', content });
  } else addToolResult(prompt, message.callId, wireName(message.tool), { type: message.isError ? 'error-text' : 'text', value: text });
}

/** Vendors refuse empty texts. The vendor's own reasoning stands before the text it led to. */
function assistantContent(text: string, calls: readonly ModelToolCall[], type: ProviderType): AssistantContent {
  const content: AssistantContent = [];
  const carried = calls.map((call) => readCarry(call.carry, type));
  for (const { reasoning } of carried) {
    for (const block of reasoning)
      content.push({ type: 'reasoning', text: block.text, ...(block.options === undefined ? {} : { providerOptions: block.options }) });
  }
  if (text.trim() !== '') content.push({ type: 'text', text });
  for (const [index, call] of calls.entries()) {
    const options = carried[index]?.options;
    content.push({
      type: 'tool-call',
      toolCallId: call.callId,
      toolName: wireName(call.tool),
      input: toolInput(call),
      ...(options === undefined ? {} : { providerOptions: options }),
    });
  }
  return content;
}

/** Vendors take objects only; what a model once wrote in another shape is shown to it as what it wrote. */
function toolInput(call: ModelToolCall): unknown {
  return isJsonObject(call.args) ? call.args : { not_an_object: call.args };
}

/** Results of one step belong into one message. */
function addToolResult(prompt: LanguageModelV4Prompt, toolCallId: string, toolName: string, output: { type: 'text' | 'error-text'; value: string }): void {
  const content: ToolContent = [{ type: 'tool-result', toolCallId, toolName, output }];
  const last = prompt.at(-1);
  if (last?.role === 'tool') last.content.push(...content);
  else prompt.push({ role: 'tool', content });
}

/**
 * Anthropic refuses to think in the middle of a tool loop whose earlier thinking is not shown to it; such a step is asked without a word about reasoning. The loop's
 * thinking is missing when another vendor began it.
 */
function reasoningOf(request: ModelRequest, type: ProviderType): Pick<LanguageModelV4CallOptions, 'reasoning'> {
  if (request.reasoning === undefined) return {};
  if (type === 'anthropic' && request.reasoning !== 'off' && midLoopWithoutThinking(request.messages)) return {};
  return { reasoning: request.reasoning === 'off' ? 'none' : request.reasoning };
}

function midLoopWithoutThinking(messages: readonly ModelMessage[]): boolean {
  if (messages.at(-1)?.speaker !== 'tool') return false;
  const step = messages.findLast((message) => message.speaker === 'assistant');
  return step?.speaker === 'assistant' && step.toolCalls.every((call) => readCarry(call.carry, 'anthropic').reasoning.length === 0);
}
