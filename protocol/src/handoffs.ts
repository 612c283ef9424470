/**
 * Handoffs on the wire. A **handoff** is bounded work that one agent or role (the **source**) asks of another (the **target**), done as a turn in the target's own session and visible in its chat.
 * Every **guardrail** is asked when it is requested and again when it starts, and what each said is kept as a **decision**. An **edge** is one source and one target. Requests are strict: what the
 * daemon knows itself (who asks, depth, chain, audit) is in none of them. Instants are milliseconds since the Unix epoch, money is micro-dollars.
 */
import { z } from 'zod';
import type { JsonObject } from './json.ts';

/** What a message of a handoff does: asks a person in the chat of the source, announces it in the chat of its target, asks for the work, asks the source to sum up. */
export const handoffParts = ['question', 'notice', 'work', 'summary'] as const;
export type HandoffPart = (typeof handoffParts)[number];

/** Least first. Whatever is not a level and maps to none counts as `dangerous`. */
export const riskLevels = ['low', 'medium', 'high', 'dangerous'] as const;
export type RiskLevel = (typeof riskLevels)[number];

/** `refused`: also what a person denied or did not answer. `paused`: its notice could not be delivered. `uncertain`: it ended, and nobody knows whether it took effect. */
export const handoffStatuses = ['refused', 'awaiting-approval', 'queued', 'paused', 'running', 'finished', 'cancelled', 'uncertain'] as const;
export type HandoffStatus = (typeof handoffStatuses)[number];

/** `gave-up`: the target says, or its limits say for it, that it stopped before it was done. */
export const handoffOutcomes = ['succeeded', 'failed', 'gave-up'] as const;
export type HandoffOutcome = (typeof handoffOutcomes)[number];

/** Everything that is asked before a handoff runs, in the order people read it. */
export const guardrails = [
  'enabled',
  'source-allowed',
  'target-allowed',
  'target-accepts',
  'target-open',
  'risk',
  'forbidden-actions',
  'depth',
  'loop',
  'duplicate',
  'target-concurrency',
  'source-concurrency',
  'rate',
  'budget',
  'breaker',
  'visible-delivery',
] as const;
export type Guardrail = (typeof guardrails)[number];

export type GuardrailVerdict = 'allow' | 'ask' | 'deny';

/** What one guardrail said, and what it looked at. */
export interface GuardrailAnswer {
  readonly guardrail: Guardrail;
  readonly verdict: GuardrailVerdict;
  /** The rule that fired, in a sentence. */
  readonly rule: string;
  readonly inputs: JsonObject;
}

/** When the guardrails were asked: for the request, when it was asked for again, after its text was changed, and right before it starts. */
export type DecisionMoment = 'requested' | 'asked-again' | 'edited' | 'starting';

export interface HandoffDecisionView {
  readonly moment: DecisionMoment;
  readonly at: number;
  readonly verdict: GuardrailVerdict;
  /** The guardrail that decided; null when all allow. */
  readonly decidedBy: Guardrail | null;
  readonly rule: string;
  /** Of exactly what would run, and under which rules. An approval is good for this digest alone. */
  readonly digest: string;
  readonly answers: readonly GuardrailAnswer[];
}

const text = z.string().trim().min(1).max(50_000);
const endpoint = z.string().trim().min(1).max(2000);
const actionName = z.string().trim().min(1).max(64).describe('The name of an action, such as db_write; what it covers is defined in the configuration');

/** `source` names on whose behalf a person asks; an agent has none to name. */
export const handoffRequest = z.strictObject({
  source: endpoint.describe('An agent, a session key, or role:<plan>/<role>'),
  target: endpoint.describe('An agent (its bound chat, else its main session), a session key, or role:<plan>/<role>'),
  task: text,
  riskLevel: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .optional()
    .describe('A level or class of risk. It can only raise what policy says; anything unknown counts as dangerous'),
  forbiddenActions: z.array(actionName).max(50).optional(),
  dedupKey: z.string().trim().min(1).max(200).optional().describe('The same key on the same edge is the same handoff'),
});
export type HandoffRequest = z.output<typeof handoffRequest>;

/** What a person may change of a handoff that has not begun. Risk can only rise, and forbidden actions can only be added. */
export const handoffChange = z.strictObject({
  task: text.optional(),
  riskLevel: z.string().trim().min(1).max(64).optional(),
  forbiddenActions: z.array(actionName).max(50).optional(),
});
export type HandoffChange = z.output<typeof handoffChange>;

/** A handoff as people write it down by hand. `audit_id` and `target_chat` are the daemon's to say: they are read and not believed. */
export const handoffRecord = z.strictObject({
  source_session: endpoint,
  target_session: endpoint,
  target_chat: z.string().max(2000).optional(),
  task: text,
  risk_level: z.string().trim().min(1).max(64).optional(),
  forbidden_actions: z.array(actionName).max(50).optional(),
  reply_policy: z.literal('post_progress_in_target_chat').optional(),
  audit_id: z.string().max(200).optional(),
  requires_user_confirmation: z.boolean().optional().describe('true waits for a person whatever policy says; false changes nothing'),
});
export type HandoffRecord = z.output<typeof handoffRecord>;

export const cancelHandoffRequest = z.strictObject({ reason: z.string().trim().min(1).max(2000).optional() });
export type CancelHandoffRequest = z.output<typeof cancelHandoffRequest>;

const guardrailAnswer = z.object({
  guardrail: z.enum(guardrails),
  verdict: z.enum(['allow', 'ask', 'deny']),
  rule: z.string(),
  inputs: z.record(z.string(), z.json()),
});

export const handoffDecisionView: z.ZodType<HandoffDecisionView> = z.object({
  moment: z.enum(['requested', 'asked-again', 'edited', 'starting']),
  at: z.number(),
  verdict: z.enum(['allow', 'ask', 'deny']),
  decidedBy: z.enum(guardrails).nullable(),
  rule: z.string(),
  digest: z.string(),
  answers: z.array(guardrailAnswer),
});

/** The stored record. */
export const handoffView = z.object({
  id: z.string(),
  source: z.string(),
  target: z.string(),
  /** Where people see it: `telegram:-100…`, or `session` where the transcript itself is the chat. */
  targetChat: z.string(),
  task: z.string(),
  riskLevel: z.enum(riskLevels),
  /** As it was asked for or configured: a level, or the class that maps to it. */
  risk: z.string(),
  forbiddenActions: z.array(z.string()),
  replyPolicy: z.literal('post_progress_in_target_chat'),
  /** The stream of the journal in which everything about it stands. */
  auditId: z.string(),
  requiresUserConfirmation: z.boolean(),
  status: z.enum(handoffStatuses),
  outcome: z.enum(handoffOutcomes).nullable(),
  /** Why it is refused, paused, cancelled or uncertain, in a sentence; what went wrong when it failed. */
  reason: z.string(),
  /** What the target answered. */
  result: z.string().nullable(),
  /** `operator on behalf of director`, `agent:director`. */
  requestedBy: z.string(),
  sourceSession: z.string(),
  targetSession: z.string(),
  targetAgent: z.string(),
  /** The handoff within whose work this one was asked for. */
  parent: z.string().nullable(),
  /** Handoffs in the chain, this one included. */
  depth: z.number(),
  approval: z.object({ id: z.string(), status: z.string() }).nullable(),
  turnId: z.string().nullable(),
  noticeTurnId: z.string().nullable(),
  /** The last thing heard from the target while it works. */
  progress: z.string().nullable(),
  costMicroUsd: z.number(),
  tokens: z.number(),
  requestedAt: z.number(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  /** The newest decision. */
  decision: handoffDecisionView,
});
export type HandoffView = z.output<typeof handoffView>;

/** `duplicate`: this was asked for before; it is the handoff from then, and nothing new runs. */
export const requestedHandoff = handoffView.extend({ duplicate: z.boolean() });
export type RequestedHandoff = z.output<typeof requestedHandoff>;

export const handoffExplanation = z.object({
  id: z.string(),
  status: z.enum(handoffStatuses),
  /** First asked first. */
  decisions: z.array(handoffDecisionView),
  /** From the first cause to the target. */
  lineage: z.array(z.object({ via: z.string(), actor: z.string(), ref: z.string() })),
  forbiddenActions: z.array(z.string()),
});
export type HandoffExplanation = z.output<typeof handoffExplanation>;

/** What became of one thing that was under way for a cancelled handoff. */
export const cancelAnswers = ['stopped', 'already-done', 'could-not-be-confirmed'] as const;
export type CancelAnswer = (typeof cancelAnswers)[number];

export const cancelledHandoff = z.object({
  handoff: handoffView,
  /** The handoff itself first, then what it led to. `depth` is how far below it. */
  tree: z.array(
    z.object({
      kind: z.enum(['handoff', 'turn', 'run', 'task']),
      id: z.string(),
      what: z.string(),
      depth: z.number(),
      answer: z.enum(cancelAnswers),
      detail: z.string(),
    }),
  ),
});
export type CancelledHandoff = z.output<typeof cancelledHandoff>;

/** One source and one target: what ran over this edge, and whether its breaker lets more through. */
export const handoffEdge = z.object({
  source: z.string(),
  target: z.string(),
  handoffs: z.number(),
  failures: z.number().describe('In a row'),
  breaker: z.enum(['closed', 'open', 'half-open']),
  costMicroUsd: z.number(),
  tokens: z.number(),
});
export type HandoffEdge = z.output<typeof handoffEdge>;

/** What a named action covers. A call that any of these matches does the action. */
export interface ActionDefinition {
  /** Canonical tool names, or prefixes that end in `*`. */
  readonly tools: readonly string[];
  /** Command lines, word by word: the program, whatever its folder, then these words in this order, with any others between them. */
  readonly argv: readonly (readonly string[])[];
  /** Host names; `*.example.org` covers those below it. */
  readonly hosts: readonly string[];
  /** Globs of paths that are written: without `/` a name wherever it is, from the root a whole path, else below a workspace. */
  readonly paths: readonly string[];
}

export function handoffStream(id: string): string {
  return `handoff:${id}`;
}
