/**
 * The transcript: an append-only list of typed entries, numbered from 1 within its session. It is the durable record of execution: a turn resumes from its last entry.
 *
 * What reaches the model: `message`, `model-step`, `tool-result`, `answer`, and `compaction` in place of everything before it. `tool-started` and `note` do not.
 */
import type { HandoffPart, Json, JsonObject } from '@guildhall/protocol';
import type { Decision } from '@guildhall/authority';
import type { ModelToolCall, ModelUsage } from './model.ts';

export type EntryBody =
  | MessageBody
  | { readonly kind: 'model-step'; readonly text: string; readonly toolCalls: readonly ModelToolCall[]; readonly usage: ModelUsage }
  | {
      readonly kind: 'tool-started';
      readonly callId: string;
      readonly tool: string;
      readonly args: JsonObject;
      readonly idempotent: boolean;
      readonly decision: Decision;
      readonly approvalId?: string;
    }
  | ToolResultBody
  | { readonly kind: 'answer'; readonly text: string; readonly usage: ModelUsage | null }
  | { readonly kind: 'compaction'; readonly summary: string; /** Entries up to and with this one are summed up. */ readonly throughSeq: number }
  | { readonly kind: 'note'; readonly code: NoteCode; readonly text: string };

export interface MessageBody {
  readonly kind: 'message';
  readonly text: string;
  /** The person, agent or program that wrote it, as the channel authenticated it. */
  readonly from: string;
  readonly messageId: string;
  /** True when it joined a turn that was already running. */
  readonly steered: boolean;
  /** What it does in a handoff, and in which; only the daemon's own messages have it. */
  readonly handoff?: { readonly ref: string; readonly part: HandoffPart };
  readonly attachments?: readonly Json[];
}

/** `refused`: the gate or the tool's own checks said no before anything ran. `unknown`: it had started when the daemon stopped, and nobody knows whether it took effect. */
export type ToolOutcome = 'done' | 'failed' | 'refused' | 'timed-out' | 'cancelled' | 'unknown';

export interface ToolResultBody {
  readonly kind: 'tool-result';
  readonly callId: string;
  readonly tool: string;
  readonly outcome: ToolOutcome;
  readonly text: string;
  readonly untrusted: boolean;
  readonly private: boolean;
  readonly data?: JsonObject;
  /** The gate's answer, for calls that never started. */
  readonly decision?: Decision;
}

/** `partial`: text the model had streamed when it was cut off. */
export type NoteCode = 'turn-failed' | 'turn-cancelled' | 'turn-resumed' | 'partial' | 'step-retried' | 'hook';

export interface Entry {
  readonly seq: number;
  readonly turnId: string;
  /** Wall clock, milliseconds. */
  readonly at: number;
  readonly body: EntryBody;
}

/** The words of an entry that full-text search looks at; empty for entries nobody searches. */
export function searchableText(body: EntryBody): string {
  switch (body.kind) {
    case 'message':
    case 'answer':
    case 'model-step':
    case 'tool-result':
      return body.text;
    case 'compaction':
      return body.summary;
    case 'tool-started':
    case 'note':
      return '';
    default:
      return body satisfies never;
  }
}
