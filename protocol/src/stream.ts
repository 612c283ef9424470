/**
 * What `GET /v1/sessions/{key}/stream` sends: AG-UI events (docs.ag-ui.com, protocol 1.0), one JSON object per SSE `data:`. Events that a durable entry stands behind carry
 * `id: <entry seq>`; a client that reconnects with `Last-Event-ID` gets everything after that entry again, whole. Text deltas in between have no id: they are a courtesy, the entry is the truth.
 */
import type { Json } from './json.ts';

export type StreamEvent =
  | { readonly type: 'RUN_STARTED'; readonly threadId: string; readonly runId: string }
  | { readonly type: 'TEXT_MESSAGE_START'; readonly messageId: string; readonly role: 'assistant' }
  | { readonly type: 'TEXT_MESSAGE_CONTENT'; readonly messageId: string; readonly delta: string }
  | { readonly type: 'TEXT_MESSAGE_END'; readonly messageId: string }
  | { readonly type: 'TOOL_CALL_START'; readonly toolCallId: string; readonly toolCallName: string }
  | { readonly type: 'TOOL_CALL_ARGS'; readonly toolCallId: string; readonly delta: string }
  | { readonly type: 'TOOL_CALL_END'; readonly toolCallId: string }
  | { readonly type: 'TOOL_CALL_RESULT'; readonly messageId: string; readonly toolCallId: string; readonly content: string; readonly role: 'tool' }
  | { readonly type: 'RUN_FINISHED'; readonly threadId: string; readonly runId: string; readonly result?: Json }
  | { readonly type: 'RUN_ERROR'; readonly message: string; readonly code: string; readonly runId: string }
  | { readonly type: 'CUSTOM'; readonly name: CustomStreamEvent; readonly value: { readonly [key: string]: Json } };

/**
 * `user-message` {turnId, text, from, handoff?} — somebody wrote, or the daemon for a handoff {ref, part}; `text-discarded` {messageId} — a step broke off and is tried again, forget its deltas; `tool-progress` {toolCallId, text};
 * `tool-refused` {toolCallId, rule}; `approval-asked` {approvalId, tool, reason, expiresAt}; `approval-answered` {approvalId, status}; `note` {code, text}; `usage` {turnId, model, rehearsal, inputTokens, outputTokens, costMicroUsd}; `compacted` {throughSeq}.
 */
export type CustomStreamEvent =
  | 'guildhall.user-message'
  | 'guildhall.text-discarded'
  | 'guildhall.tool-progress'
  | 'guildhall.tool-refused'
  | 'guildhall.approval-asked'
  | 'guildhall.approval-answered'
  | 'guildhall.note'
  | 'guildhall.usage'
  | 'guildhall.compacted';
