/** What a turn asks of a tool. Implemented by `tools/`; run only behind the gate. */
import type { CallEffects } from '@guildhall/authority';
import type { Fence } from '@guildhall/kernel';
import type { JsonObject, Provenance, Settled } from '@guildhall/protocol';
import type { z } from 'zod';
import type { NewOutbound } from './session.ts';

export interface Tool<Input extends JsonObject = JsonObject> {
  /** Canonical name: lower-case snake case, or `mcp:<server>/<tool>`. */
  readonly name: string;
  /** Written for the model. */
  readonly description: string;
  readonly input: z.ZodType<Input>;
  /** May a call that started and left no result be run again without asking? Reading is; sending is not. */
  readonly idempotent: boolean;
  /** Is what it returns other people's text (web pages, MCP servers)? Such results are enveloped as data. */
  readonly untrusted: boolean;
  /** Is what it returns the agent's own or its people's (files, memory, transcripts)? Together with untrusted text in one context, words leave only with a yes. */
  readonly private: boolean;
  /**
   * The canonical arguments: aliases folded, defaults filled, paths resolved inside the workspace. What it returns is what the gate judges, what an approval binds
   * to, and what `run` receives. Refuses what can be seen to be wrong without doing anything.
   */
  canonicalise(input: Input, context: ToolContext): Promise<Settled<Input>>;
  /** A sentence when these arguments need a person's yes although policy allows the tool; null when not. Pure. */
  danger(input: Input, context: ToolContext): string | null;
  /** What these arguments would do, as far as can be told without doing it; the gate compares it with the actions the chain may not take. Pure. */
  effects(input: Input, context: ToolContext): CallEffects;
  /**
   * For tools whose calls a person may allow for always: everything such a yes is bound to, down to the content of the files that would run. Only reads; null where it cannot be told.
   */
  standing?(input: Input, context: ToolContext): Promise<JsonObject | null>;
  /**
   * Does it. Ends soon after `context.signal` aborts, leaving no process behind. Expected failures are a result with `isError`; throwing is a fault and is shown to
   * the model as an internal error without its text.
   */
  run(input: Input, context: ToolContext): Promise<ToolResult>;
}

export interface ToolContext {
  readonly agent: string;
  readonly sessionKey: string;
  readonly turnId: string;
  readonly callId: string;
  /** Absolute, real path of the agent's workspace. */
  readonly workspace: string;
  readonly provenance: Provenance;
  /** The lease of the session, for what must be noted under it. */
  readonly fence: Fence;
  /** Aborts at the deadline, at a cancel and when the daemon drains. */
  readonly signal: AbortSignal;
  /** Output so far, for people who watch. Must not throw; may be dropped. */
  readonly progress: (text: string) => void;
}

export interface ToolResult {
  /** What the model reads. Capped by the caller at `maxToolResultChars`, with a note of what was cut. */
  readonly text: string;
  readonly isError: boolean;
  /** For programs and the dashboard; stored, not shown to the model. */
  readonly data?: JsonObject;
  /** A message that leaves when the result is recorded, together with it: a tool that only sends has no other effect. */
  readonly outbound?: NewOutbound;
}

/** The tools that exist for an agent now, and why the others do not. */
export interface ToolCatalogue {
  /** Every tool the agent could be given, whatever policy says; the gate decides. Includes MCP tools that are switched on. */
  toolsFor(agent: string): Promise<readonly Tool[]>;
  /** Names that are known but switched off for this agent, with the reason in a sentence. */
  missingFor(agent: string): Promise<readonly { readonly name: string; readonly reason: string }[]>;
}

export const maxToolResultChars = 60_000;
