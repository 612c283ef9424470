/**
 * The shapes of `/v1`, as zod schemas: the daemon validates and documents with them, the clients take their types from them.
 *
 * Requests are strict: a field that is not listed is refused, so nobody can hand in a status, an epoch, a depth or a provenance. Instants are milliseconds since the Unix epoch.
 */
import { z } from 'zod';
import type { Json } from './json.ts';
import { chatTypes } from './session-key.ts';
import { eventTypes } from './event.ts';
import { handoffParts } from './handoffs.ts';

const id = z.string().min(1).max(200);
const instant = z.number();
const json: z.ZodType<Json> = z.json();
const platformName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a platform is a lower-case word such as "telegram"');

export const messageRequest = z.strictObject({
  platform: platformName,
  account: id.optional(),
  chat: id,
  chatType: z.enum(chatTypes).optional(),
  peer: id.optional(),
  guild: id.optional(),
  team: id.optional(),
  thread: id.optional(),
  messageId: id,
  text: z.string().max(1_000_000),
  attachments: z
    .array(z.strictObject({ name: z.string().max(255), url: z.url().max(2000) }))
    .max(20)
    .optional(),
  /** For the terminal and the page, which talk to an agent directly: overrides routing. Refused for credentials that only carry messages. */
  agent: id.optional(),
  /** Continue exactly this session; it decides the agent. Same rule as `agent`. */
  session: z.string().max(2000).optional(),
});

export const acceptedAnswer = z.object({ sessionKey: z.string(), agent: z.string(), turnId: z.string(), duplicate: z.boolean() });

export const usageView = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedInputTokens: z.number(),
  costMicroUsd: z.number(),
  unpricedSteps: z.number(),
  rehearsal: z.boolean(),
});

export const turnView = z.object({
  id: z.string(),
  sessionKey: z.string(),
  agent: z.string(),
  status: z.enum(['queued', 'running', 'completed', 'failed', 'cancelled', 'absorbed']),
  text: z.string(),
  from: z.string(),
  messageId: z.string(),
  attempts: z.number(),
  steps: z.number(),
  acceptedAt: instant,
  startedAt: instant.optional(),
  endedAt: instant.optional(),
  reason: z.string().optional(),
  answer: z.string().optional(),
  absorbedInto: z.string().optional(),
  usage: usageView,
});

export const sessionView = z.object({
  key: z.string(),
  agent: z.string(),
  platform: z.string(),
  account: z.string(),
  chat: z.string(),
  chatType: z.enum(chatTypes),
  title: z.string(),
  createdAt: instant,
  lastActivityAt: instant,
  entryCount: z.number(),
  queuedTurns: z.number(),
  runningTurn: z.string().optional(),
  costMicroUsd: z.number(),
  /** Why nothing can be said in it from outside; absent where it can. */
  closed: z.string().optional(),
});

export const entryKinds = ['message', 'model-step', 'tool-started', 'tool-result', 'answer', 'compaction', 'note'] as const;

/** One entry of a transcript. `data` holds what is particular to its kind, see the OpenAPI description of each. */
export const entryView = z.object({
  seq: z.number(),
  turnId: z.string(),
  at: instant,
  kind: z.enum(entryKinds),
  text: z.string(),
  from: z.string().optional(),
  /** A message the daemon made of a handoff; `ref` is the handoff, of a summary the turn that asked. */
  handoff: z.object({ ref: z.string(), part: z.enum(handoffParts) }).optional(),
  tool: z.string().optional(),
  callId: z.string().optional(),
  outcome: z.enum(['done', 'failed', 'refused', 'timed-out', 'cancelled', 'unknown']).optional(),
  args: z.record(z.string(), json).optional(),
  toolCalls: z.array(z.object({ callId: z.string(), tool: z.string(), args: json })).optional(),
  model: z.string().optional(),
  rehearsal: z.boolean().optional(),
  rule: z.string().optional(),
  code: z.string().optional(),
});

export const agentView = z.object({
  id: z.string(),
  description: z.string(),
  default: z.boolean(),
  model: z.string(),
  /** Who chose the model, in words: `agents.coder.model`, `top-level model`, `found a key for anthropic` … */
  modelFrom: z.string(),
  rehearsal: z.boolean(),
  workspace: z.string(),
  dmScope: z.enum(['main', 'per_peer']),
  tools: z.array(z.string()),
  bindings: z.array(z.string()),
  sessions: z.number(),
});

export const toolView = z.object({
  name: z.string(),
  offered: z.boolean(),
  /** The rule that allows or denies it, or why it is switched off. */
  reason: z.string(),
  description: z.string(),
});

export const routeQuery = z.strictObject({
  platform: platformName,
  account: id.optional(),
  chat: id.optional(),
  peer: id.optional(),
  guild: id.optional(),
  team: id.optional(),
  thread: id.optional(),
  type: z.enum(chatTypes).optional(),
});

export const routeView = z.object({
  agent: z.string(),
  tier: z.number().int().min(1).max(7),
  rule: z.string(),
  losers: z.array(z.object({ agent: z.string(), tier: z.number(), rule: z.string(), reason: z.string() })),
});

export const configErrorView = z.object({ path: z.string(), line: z.number(), column: z.number(), message: z.string(), hint: z.string() });
export const configVerdict = z.object({ valid: z.boolean(), errors: z.array(configErrorView) });
export const configVersionView = z.object({ rev: z.number(), at: instant, actor: z.string(), digest: z.string(), current: z.boolean() });

export const approvalView = z.object({
  id: z.string(),
  status: z.enum(['pending', 'approved', 'denied', 'expired', 'used']),
  agent: z.string(),
  sessionKey: z.string(),
  turnId: z.string(),
  tool: z.string(),
  /** Canonical arguments: exactly what will run. */
  args: z.record(z.string(), json),
  digest: z.string(),
  reason: z.string(),
  /** What it is bound to beside the arguments: the words of a command, its folder, and the content of the files it names. */
  bound: z.record(z.string(), json).optional(),
  /** May it be given for always? */
  always: z.boolean(),
  askedAt: instant,
  expiresAt: instant,
  answeredBy: z.string().optional(),
});

export const answerRequest = z.strictObject({ reason: z.string().max(2000).optional() });
export const approveRequest = answerRequest.extend({
  always: z.boolean().optional().describe('From now on without asking, as long as everything it is bound to stays the same'),
});

/** What a person allowed an agent for always. */
export const standingApprovalView = z.object({
  id: z.string(),
  agent: z.string(),
  tool: z.string(),
  bound: z.record(z.string(), json),
  digest: z.string(),
  grantedBy: z.string(),
  grantedAt: instant,
  /** Absent while it is in force. */
  revokedAt: instant.optional(),
  uses: z.number(),
});

export const credentialView = z.object({
  id: z.string(),
  scopes: z.array(z.string()),
  label: z.string(),
  createdAt: instant,
  expiresAt: instant.optional(),
  revokedAt: instant.optional(),
  lastUsedAt: instant.optional(),
});
export const credentialRequest = z.strictObject({
  scope: z.string().max(80),
  label: z.string().max(200).optional(),
  expiresInSeconds: z.number().int().positive().max(315_360_000).optional(),
});
export const issuedCredential = z.object({ credential: credentialView, /** Shown this once. */ secret: z.string() });

export const budgetView = z.object({
  scope: z.string(),
  window: z.string(),
  settledMicroUsd: z.number(),
  reservedMicroUsd: z.number(),
  settledTokens: z.number(),
  reservedTokens: z.number(),
  limitMicroUsd: z.number().optional(),
  limitTokens: z.number().optional(),
});

export const statusView = z.object({
  url: z.string(),
  version: z.string(),
  pid: z.number(),
  node: z.string(),
  startedAt: instant,
  home: z.string(),
  database: z.object({ kind: z.enum(['sqlite', 'postgres']), location: z.string(), bytes: z.number().optional() }),
  config: z.object({ file: z.string(), rev: z.number(), valid: z.boolean(), problem: z.string().optional() }),
  model: z.object({ id: z.string(), rehearsal: z.boolean(), reason: z.string() }),
  agents: z.number(),
  sessions: z.number(),
  turns: z.object({ queued: z.number(), running: z.number() }),
  outbound: z.object({ pending: z.number(), unknown: z.number() }),
  approvals: z.number(),
  /** What is under way, and what of it waits for somebody. */
  work: z
    .object({
      openPlans: z.number(),
      /** Runs that wait for the person who fills the role. */
      waitingForPerson: z.number(),
      /** Findings that wait for the Lead. */
      undecidedFindings: z.number(),
      quarantinedSkills: z.number(),
      pausedSchedules: z.number(),
      openHandoffs: z.number(),
      pausedHandoffs: z.number(),
      /** Edges over which too much failed in a row. */
      openBreakers: z.number(),
    })
    .optional(),
});

export const findingView = z.object({
  subject: z.string(),
  ok: z.boolean(),
  level: z.enum(['ok', 'warning', 'problem']),
  message: z.string(),
  remedy: z.string().optional(),
});

export const eventView = z.object({
  cursor: z.string(),
  stream: z.string(),
  seq: z.number(),
  at: instant,
  type: z.enum(eventTypes),
  actor: z.string(),
  provenance: z.unknown(),
  data: z.record(z.string(), json).nullable(),
  hash: z.string(),
  prevHash: z.string(),
});

/** RFC 9457. `code` is the stable refusal code. */
export const problemView = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  details: z.record(z.string(), json).optional(),
});

export type MessageRequest = z.infer<typeof messageRequest>;
export type AcceptedAnswer = z.infer<typeof acceptedAnswer>;
export type TurnView = z.infer<typeof turnView>;
export type SessionView = z.infer<typeof sessionView>;
export type EntryView = z.infer<typeof entryView>;
export type AgentView = z.infer<typeof agentView>;
export type ToolView = z.infer<typeof toolView>;
export type RouteQuery = z.infer<typeof routeQuery>;
export type RouteView = z.infer<typeof routeView>;
export type ConfigErrorView = z.infer<typeof configErrorView>;
export type ConfigVerdict = z.infer<typeof configVerdict>;
export type ConfigVersionView = z.infer<typeof configVersionView>;
export type ApprovalView = z.infer<typeof approvalView>;
export type StandingApprovalView = z.infer<typeof standingApprovalView>;
export type CredentialView = z.infer<typeof credentialView>;
export type CredentialRequest = z.infer<typeof credentialRequest>;
export type IssuedCredential = z.infer<typeof issuedCredential>;
export type BudgetView = z.infer<typeof budgetView>;
export type StatusView = z.infer<typeof statusView>;
export type FindingView = z.infer<typeof findingView>;
export type EventView = z.infer<typeof eventView>;
export type ProblemView = z.infer<typeof problemView>;
export type UsageView = z.infer<typeof usageView>;
