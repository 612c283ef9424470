/** From a vendor's stream parts to ours, one step at a time: mends tool calls, keeps count of what a model may write, and gathers what must be carried. */
import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart, LanguageModelV4Usage, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { Json } from '@guildhall/protocol';
import { ModelFailure, type ModelMessage, type ModelPart, type ModelRequest } from '@guildhall/sessions';
import { type ReasoningBlock, writeCarry } from './carry.ts';
import type { ProviderType } from './endpoint.ts';
import { readWireNames } from './tool-names.ts';

/** More tool calls than any sensible step makes; a model that loops is stopped here, before any of them runs. */
const maxToolCalls = 128;
/** More characters than any model writes in one step. */
const maxStepCharacters = 4_000_000;

const preludes: ReadonlySet<LanguageModelV4StreamPart['type']> = new Set(['stream-start', 'response-metadata', 'ping', 'raw']);

export interface StepEnd {
  readonly reason: LanguageModelV4FinishReason;
  readonly usage: LanguageModelV4Usage;
}

type Finish = Extract<ModelPart, { type: 'finish' }>['reason'];

export class StepParts {
  readonly #type: ProviderType;
  readonly #model: string;
  readonly #readName: (wire: string) => string;
  readonly #callIds: Set<string>;
  readonly #reasoning = new Map<string, ReasoningBlock>();
  #toolCalls = 0;
  #toolInputs = 0;
  #characters = 0;
  #texts = 0;
  /** Has the model begun to answer? Not by a greeting, a ping or its name. */
  begun = false;
  end: StepEnd | undefined;

  constructor(request: ModelRequest, type: ProviderType, model: string) {
    this.#type = type;
    this.#model = model;
    this.#readName = readWireNames(request.tools);
    this.#callIds = callIdsOf(request.messages);
  }

  /** What the part says to the turn; undefined when nothing. Throws what an error part holds, and a `ModelFailure` beyond the limits. */
  take(part: LanguageModelV4StreamPart): ModelPart | undefined {
    this.begun ||= !preludes.has(part.type);
    switch (part.type) {
      case 'text-delta':
        this.#texts += part.delta.trim() === '' ? 0 : 1;
        return this.#spoken('text', part.delta);
      case 'reasoning-start':
      case 'reasoning-end':
        this.#addReasoning(part.id, '', part.providerMetadata);
        return undefined;
      case 'reasoning-delta':
        this.#addReasoning(part.id, part.delta, part.providerMetadata);
        return this.#spoken('reasoning', part.delta);
      case 'tool-input-start':
        this.#toolInputs += 1;
        this.#limit(this.#toolInputs, maxToolCalls, 'tool calls');
        return undefined;
      case 'tool-input-delta':
        this.#count(part.delta);
        return undefined;
      case 'tool-call':
        return part.providerExecuted === true ? undefined : this.#toolCall(part.toolCallId, part.toolName, part.input, part.providerMetadata);
      case 'finish':
        this.end = { reason: part.finishReason, usage: part.usage };
        return undefined;
      case 'error':
        throw part.error;
      default:
        return undefined;
    }
  }

  /** Why the step ended; undefined when the answer is not whole, `'nothing'` when it is empty. */
  finish(): Finish | 'nothing' | undefined {
    const unified = this.end?.reason.unified;
    if (unified === undefined || unified === 'interrupted' || unified === 'error') return undefined;
    if (unified === 'content-filter') return 'refused';
    if (unified === 'length') return 'length';
    if (this.#toolCalls > 0) return 'tool-calls';
    return this.#texts > 0 ? 'stop' : 'nothing';
  }

  #spoken(type: 'text' | 'reasoning', text: string): ModelPart | undefined {
    this.#count(text);
    return text === '' ? undefined : { type, text };
  }

  #count(text: string): void {
    this.#characters += text.length;
    this.#limit(this.#characters, maxStepCharacters, 'characters');
  }

  #limit(count: number, most: number, what: string): void {
    if (count > most) throw new ModelFailure('bad-answer', `${this.#model} wrote more than ${most} ${what} in one step; it was stopped`, { retryable: false });
  }

  #addReasoning(id: string, text: string, options: SharedV4ProviderMetadata | undefined): void {
    const known = this.#reasoning.get(id);
    this.#reasoning.set(id, { text: (known?.text ?? '') + text, options: options ?? known?.options });
  }

  /** The step's reasoning rides on its first call. */
  #toolCall(id: string, wire: string, input: string, options: SharedV4ProviderMetadata | undefined): ModelPart {
    this.#toolCalls += 1;
    this.#limit(this.#toolCalls, maxToolCalls, 'tool calls');
    const carry = writeCarry(this.#type, this.#toolCalls === 1 ? [...this.#reasoning.values()] : [], options);
    const call = { type: 'tool-call' as const, callId: freshCallId(id, this.#callIds), tool: this.#readName(wire), args: parseArgs(input) };
    return carry === undefined ? call : { ...call, carry };
  }
}

function callIdsOf(messages: readonly ModelMessage[]): Set<string> {
  return new Set(messages.flatMap((message) => (message.speaker === 'assistant' ? message.toolCalls.map((call) => call.callId) : [])));
}

/** The provider's id, in letters and of a length every vendor takes, made unlike any before it. Adds it to `taken`. */
function freshCallId(id: string, taken: Set<string>): string {
  const plain = id.replaceAll(/[^a-zA-Z0-9_-]+/g, '').slice(0, 40);
  const base = plain === '' ? 'call' : plain;
  let fresh = base;
  for (let next = 2; taken.has(fresh); next += 1) fresh = `${base.slice(0, 36)}_${next}`;
  taken.add(fresh);
  return fresh;
}

/** A text that is no JSON is handed on as that text: the turn tells the model so. */
function parseArgs(input: string): Json {
  if (input.trim() === '') return {};
  try {
    const parsed: Json = JSON.parse(input) as Json;
    return parsed;
  } catch {
    return input;
  }
}
