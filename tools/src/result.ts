/** How tools say what happened. */
import type { JsonObject, Refusal, Settled } from '@guildhall/protocol';
import type { ToolResult } from '@guildhall/sessions';

export function told(text: string, data?: JsonObject): ToolResult {
  return data === undefined ? { text, isError: false } : { text, isError: false, data };
}

export function failed(text: string, data?: JsonObject): ToolResult {
  return data === undefined ? { text, isError: true } : { text, isError: true, data };
}

/** A refusal as a tool result: its sentence for the model, its code for programs. */
export function refused(refusal: Refusal): ToolResult {
  return { text: refusal.message, isError: true, data: { refused: refusal.code } };
}

/** The result of a settled answer: `say` for a yes, its sentence for a no. */
export function resultOf<T>(settled: Settled<T>, say: (value: T) => ToolResult): ToolResult {
  return settled.ok ? say(settled.value) : refused(settled.refusal);
}
