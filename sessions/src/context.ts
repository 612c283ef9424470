/** From the transcript to what a model reads. Pure. */
import type { ModelMessage } from './model.ts';
import type { Entry, ToolResultBody } from './transcript.ts';

/**
 * The messages for a context as `readContext` returns it. Every tool call gets exactly one result: a call that has none (the turn was cut) is answered as such, so that no
 * provider refuses the history.
 */
export function toModelMessages(entries: readonly Entry[]): readonly ModelMessage[] {
  const messages: ModelMessage[] = [];
  let open = new Map<string, string>();
  const closeOpenCalls = () => {
    for (const [callId, tool] of open)
      messages.push({ speaker: 'tool', callId, tool, text: 'This call was not made: the turn ended before it.', isError: true });
    open = new Map();
  };
  for (const { body } of entries) {
    switch (body.kind) {
      case 'compaction':
        messages.push({ speaker: 'user', text: envelope('summary of the conversation so far', body.summary) });
        break;
      case 'message':
        closeOpenCalls();
        messages.push({ speaker: 'user', text: body.text });
        break;
      case 'model-step':
        closeOpenCalls();
        messages.push({ speaker: 'assistant', text: body.text, toolCalls: body.toolCalls });
        open = new Map(body.toolCalls.map((call) => [call.callId, call.tool]));
        break;
      case 'tool-result':
        if (!open.delete(body.callId)) break;
        messages.push({ speaker: 'tool', callId: body.callId, tool: body.tool, text: resultText(body), isError: body.outcome !== 'done' });
        break;
      case 'answer':
        closeOpenCalls();
        messages.push({ speaker: 'assistant', text: body.text, toolCalls: [] });
        break;
      case 'tool-started':
      case 'note':
        break;
      default:
        body satisfies never;
    }
  }
  return messages;
}

function resultText(result: ToolResultBody): string {
  return result.untrusted ? envelope(`data from ${result.tool}`, result.text) : result.text;
}

/**
 * Other people's words, marked as data. The closing mark carries a number that the text does not contain, so that the text cannot close its own envelope. Advisory: what keeps
 * authority out of text is that no text is ever asked for authority.
 */
export function envelope(what: string, text: string): string {
  let mark = text.length;
  while (text.includes(`#${mark}]`)) mark += 1;
  return `[${what} #${mark}]\n${text}\n[end of ${what} #${mark}]`;
}

/** A rough count: four characters a token, eight for each message's frame. Good to about a third; used for thresholds and reservations only. */
export function estimateTokens(system: string, messages: readonly ModelMessage[]): number {
  let characters = system.length;
  for (const message of messages) {
    characters += message.text.length + 32;
    if (message.speaker === 'assistant') characters += JSON.stringify(message.toolCalls).length;
  }
  return Math.ceil(characters / 4);
}
