/**
 * Plans and roles on the wire. A **plan** is the piece of work that scopes role sessions; a **role** is a canonical part in the team (lead, developer …); a **role session** is the durable
 * conversation of one role in one plan, and an **incarnation** of it lasts from opening or reopening to retirement. A **role run** is one piece of work asked of a role, with an outcome judged by
 * what is there to be seen. Requests are strict, instants are milliseconds since the Unix epoch, money is micro-dollars.
 */
import { z } from 'zod';
import type { Json } from './json.ts';

export const planStatuses = ['open', 'completed'] as const;
export type PlanStatus = (typeof planStatuses)[number];

export const roleStatuses = ['open', 'retired'] as const;
export type RoleStatus = (typeof roleStatuses)[number];

/**
 * How a role does a piece of work. `persistent`: a turn in the role's own session. `delegated`: a turn in a fresh session for this run alone. `scheduled`: a turn in its own session that a
 * schedule began. `inline`: the Lead does it itself, within its own turn, and says why.
 */
export const executionModes = ['persistent', 'delegated', 'scheduled', 'inline'] as const;
export type ExecutionMode = (typeof executionModes)[number];

export const roleRunStatuses = ['queued', 'running', 'waiting-for-person', 'finished'] as const;
export type RoleRunStatus = (typeof roleRunStatuses)[number];

/** `unproven`: the role answered, but what was to be shown is not there. `blocked`: a required skill could not be loaded and the role must not work without it. */
export const roleRunOutcomes = ['succeeded', 'unproven', 'failed', 'blocked', 'cancelled'] as const;
export type RoleRunOutcome = (typeof roleRunOutcomes)[number];

/** Were the skills loaded that policy asks for? `none`: policy asks for nothing. `partial`: the required ones, but not all that the work called for. */
export const complianceLevels = ['none', 'verified', 'partial', 'missing'] as const;
export type Compliance = (typeof complianceLevels)[number];

/** What a role must leave behind to have succeeded. `artifact`: a file. `action`: a file, or a tool call that did something. `answer`: nothing but its words. */
export const proofKinds = ['artifact', 'action', 'answer'] as const;
export type ProofKind = (typeof proofKinds)[number];

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof severities)[number];

/** `accepted`: it is being mended. `remediated`: mended, and waits for those who must look again. */
export const findingStatuses = ['reported', 'asked', 'accepted', 'remediated', 'closed', 'rejected', 'deferred'] as const;
export type FindingStatus = (typeof findingStatuses)[number];

const instant = z.number();
const json: z.ZodType<Json> = z.json();
const text = z.string().max(200_000);
const reason = z.string().trim().min(1).max(5000);
/** As people write it; which role it means is for the catalogue to say. */
const roleName = z.string().trim().min(1).max(120);

/** The id of a plan is exactly what was written: no two spellings are one plan. "." and ".." cannot stand in an address. */
export const planId = z
  .string()
  .min(1)
  .max(200)
  .refine((id) => id !== '.' && id !== '..', 'a plan cannot be named "." or ".."')
  .refine(
    (id) => id === id.trim() && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(id),
    'a plan id has no control or invisible characters and no space at its ends',
  );

const phaseRequest = z.strictObject({ name: z.string().trim().min(1).max(120), roles: z.array(roleName).min(1).max(20) });

export const planRequest = z.strictObject({
  id: planId,
  title: z.string().trim().min(1).max(500).optional(),
  goal: z.string().max(20_000).optional(),
  /** What every role of the plan is given to read. */
  packet: text.optional(),
  phases: z.array(phaseRequest).max(50).optional(),
});

export const planChange = z
  .strictObject({ title: z.string().trim().min(1).max(500), goal: z.string().max(20_000), packet: text, phases: z.array(phaseRequest).max(50) })
  .partial();

/** What keeps a plan from being completed. Each has a stable id within the plan, by which a person may waive it. */
export const blockerKinds = [
  'run-open',
  'run-unproven',
  'skills-missing',
  'phase-open',
  'finding-undecided',
  'finding-not-remediated',
  'finding-not-revalidated',
  'finding-deferred',
  'task-open',
] as const;
export type BlockerKind = (typeof blockerKinds)[number];

export const blockerView = z.object({
  /** Such as `finding-deferred:find_…`. */
  id: z.string(),
  kind: z.enum(blockerKinds),
  /** The run, finding, phase or task. */
  subject: z.string(),
  message: z.string(),
  /** A command that helps. */
  remedy: z.string(),
  waivable: z.boolean(),
});

export const waiverView = z.object({ blocker: z.string(), reason: z.string(), by: z.string(), at: instant });

export const planView = z.object({
  id: z.string(),
  title: z.string(),
  goal: z.string(),
  status: z.enum(planStatuses),
  packet: z.string(),
  /** Counts from 1; each change of the packet is a revision of its own. */
  packetRev: z.number(),
  phases: z.array(z.object({ name: z.string(), roles: z.array(z.string()), status: z.enum(['open', 'done']) })),
  roles: z.array(z.object({ role: z.string(), status: z.enum(roleStatuses), incarnation: z.number() })),
  runs: z.object({ open: z.number(), finished: z.number(), succeeded: z.number() }),
  findings: z.object({ open: z.number(), total: z.number() }),
  blockers: z.array(blockerView),
  waivers: z.array(waiverView),
  costMicroUsd: z.number(),
  createdAt: instant,
  createdBy: z.string(),
  completedAt: instant.nullable(),
  completedBy: z.string().nullable(),
});

export const completePlanRequest = z.strictObject({
  /** Blockers that a person takes upon themselves, each with the reason. */
  waivers: z
    .array(z.strictObject({ blocker: z.string().min(1).max(300), reason }))
    .max(500)
    .optional(),
});

export const reasonGivenRequest = z.strictObject({ reason });

export const skillUseView = z.object({
  skill: z.string(),
  tier: z.enum(['required', 'recommended', 'triggered', 'asked']),
  /** `loaded`: its approved text was in the context. `offered`: named, not loaded. `missing`, `changed`, `unapproved`, `too-large`: why it was not. */
  status: z.enum(['loaded', 'offered', 'missing', 'changed', 'unapproved', 'too-large']),
  version: z.string(),
  /** The hash that policy asked for; empty where none is approved. */
  wanted: z.string(),
  /** The hash of what was found; empty where nothing was. */
  found: z.string(),
  how: z.enum(['before-first-step', 'by-tool', 'not']),
  at: instant,
});

export const artifactView = z.object({
  id: z.string(),
  plan: z.string(),
  role: z.string(),
  run: z.string(),
  path: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  mediaType: z.string(),
  /** False: too large to be kept; only its hash is. */
  kept: z.boolean(),
  compliance: z.enum(complianceLevels),
  at: instant,
});

export const runEvidence = z.object({ kind: z.enum(['artifact', 'tool-call', 'finding', 'verdict', 'answer']), ref: z.string(), note: z.string() });

export const roleRunView = z.object({
  id: z.string(),
  plan: z.string(),
  role: z.string(),
  incarnation: z.number(),
  mode: z.enum(executionModes),
  task: z.string(),
  phase: z.string().nullable(),
  expects: z.array(z.string()),
  status: z.enum(roleRunStatuses),
  outcome: z.enum(roleRunOutcomes).nullable(),
  reason: z.string(),
  answer: z.string().nullable(),
  sessionKey: z.string(),
  turnId: z.string().nullable(),
  requestedBy: z.string(),
  packetRev: z.number(),
  policyRev: z.number().nullable(),
  compliance: z.enum(complianceLevels),
  skills: z.array(skillUseView),
  evidence: z.array(runEvidence),
  artifacts: z.array(artifactView),
  costMicroUsd: z.number(),
  createdAt: instant,
  endedAt: instant.nullable(),
});

export const invokeRequest = z.strictObject({
  task: z.string().trim().min(1).max(100_000),
  mode: z.enum(['persistent', 'delegated']).optional(),
  phase: z.string().min(1).max(120).optional(),
  /** Files, by path or glob, that must be there afterwards. */
  expects: z.array(z.string().min(1).max(500)).max(50).optional(),
  /** What the work is about, for skills that policy triggers by label. */
  labels: z.array(z.string().min(1).max(60)).max(30).optional(),
  paths: z.array(z.string().min(1).max(500)).max(100).optional(),
  /** The same id for the same role of a plan is one run, however often it is sent. */
  requestId: z.string().min(1).max(200).optional(),
});

export const personAnswerRequest = z.strictObject({ text: z.string().min(1).max(200_000), outcome: z.enum(['succeeded', 'failed']).optional() });
export const rotateRequest = z.strictObject({ reason, brief: z.string().max(100_000).optional() });
/** Without an incarnation: the one before the present, or the newest of a retired role. */
export const askRequest = z.strictObject({ question: z.string().trim().min(1).max(20_000), incarnation: z.number().int().min(1).optional() });
export const askedAnswer = z.object({ incarnation: z.number(), answer: z.string(), turnId: z.string(), sessionKey: z.string() });

export const roleDefinitionView = z.object({
  role: z.string(),
  title: z.string(),
  mission: z.string(),
  responsibilities: z.array(z.string()),
  aliases: z.array(z.string()),
  reportsTo: z.string().nullable(),
  filledBy: z.discriminatedUnion('kind', [z.object({ kind: z.literal('agent'), agent: z.string() }), z.object({ kind: z.literal('person') })]),
  proof: z.enum(proofKinds),
});

/** The runtime metadata of one role of one plan. */
export const roleView = roleDefinitionView.extend({
  plan: z.string(),
  sessionKey: z.string(),
  status: z.enum(roleStatuses),
  activity: z.enum(['idle', 'queued', 'running', 'waiting-for-person', 'retired']),
  /** Of its newest run. */
  executionMode: z.enum(executionModes),
  incarnation: z.number(),
  workspace: z.string(),
  model: z.string().nullable(),
  /** Estimated tokens the next turn begins with. */
  contextTokens: z.number(),
  /** The context is compacted beyond this. */
  contextLimit: z.number(),
  compactedAt: instant.nullable(),
  entryCount: z.number(),
  turns: z.number(),
  costMicroUsd: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  openedAt: instant,
  lastActivityAt: instant,
  retiredReason: z.string().nullable(),
  compliance: z.enum(complianceLevels),
  artifacts: z.array(artifactView),
  lastRun: z.string().nullable(),
  /** What may be done with it now. */
  allowed: z.array(z.enum(['invoke', 'retire', 'reopen', 'rotate', 'ask'])),
});

export const incarnationView = z.object({
  number: z.number(),
  /** `rotated`: the context was begun anew from a brief, while the record goes on. */
  begunBy: z.enum(['opened', 'reopened', 'rotated']),
  openedAt: instant,
  openedBy: z.string(),
  openedReason: z.string(),
  retiredAt: instant.nullable(),
  retiredBy: z.string().nullable(),
  retiredReason: z.string().nullable(),
  /** Entries of the transcript that belong to it; null where there are none. */
  firstSeq: z.number().nullable(),
  lastSeq: z.number().nullable(),
  turns: z.number(),
  costMicroUsd: z.number(),
  /** What it left for its successor. */
  brief: z.string(),
});

export const roleHistory = z.object({ plan: z.string(), role: z.string(), sessionKey: z.string(), incarnations: z.array(incarnationView) });

export const findingRequest = z.strictObject({
  title: z.string().trim().min(1).max(300),
  severity: z.enum(severities),
  description: z.string().max(50_000),
  evidence: z
    .array(z.strictObject({ what: z.string().min(1).max(2000), ref: z.string().max(2000).optional() }))
    .max(50)
    .optional(),
});

export const dispositions = ['accept', 'reject', 'defer', 'ask'] as const;
export type Disposition = (typeof dispositions)[number];

export const planFindingView = z.object({
  id: z.string(),
  plan: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  description: z.string(),
  evidence: z.array(z.object({ what: z.string(), ref: z.string() })),
  status: z.enum(findingStatuses),
  reportedBy: z.string(),
  run: z.string().nullable(),
  reportedAt: instant,
  /** Everything that was decided and said about it, first first. */
  history: z.array(z.object({ at: instant, by: z.string(), verb: z.string(), text: z.string() })),
  /** The task that mends it. */
  task: z.string().nullable(),
  /** Roles that must look again before it is closed, with what they said of the newest attempt. */
  revalidation: z.array(z.object({ role: z.string(), verdict: z.enum(['pending', 'passed', 'failed']), at: instant.nullable() })),
  allowed: z.array(z.enum(['accept', 'reject', 'defer', 'ask', 'answer', 'revalidate'])),
});

export const disposeRequest = z.strictObject({
  /** Required to reject or defer. */
  reason: z.string().trim().max(5000).optional(),
  /** With accept: which role mends it (the developer when absent), and who must look again (who reported it when absent). */
  assignTo: roleName.optional(),
  revalidateBy: z.array(roleName).min(1).max(10).optional(),
});
export const questionRequest = z.strictObject({ question: z.string().trim().min(1).max(5000) });
export const answerFindingRequest = z.strictObject({ text: z.string().trim().min(1).max(20_000) });
export const revalidateRequest = z.strictObject({
  verdict: z.enum(['passed', 'failed']),
  role: roleName.optional(),
  text: z.string().trim().min(1).max(20_000),
});

/** A plan as one value: what happened, who did it, under which skills, at what cost. `events` is the plan's journal. */
export const planBundle = z.object({
  format: z.literal('guildhall-plan-bundle'),
  version: z.literal(1),
  exportedAt: instant,
  /** The plan did not stand still: its parts may be of different moments. */
  changedWhileRead: z.literal(true).optional(),
  plan: planView,
  packets: z.array(z.object({ rev: z.number(), text: z.string(), sha256: z.string(), by: z.string(), at: instant })),
  orgChart: z.array(roleDefinitionView),
  roles: z.array(roleView.extend({ incarnations: z.array(incarnationView) })),
  runs: z.array(roleRunView),
  findings: z.array(planFindingView),
  artifacts: z.array(artifactView.extend({ content: z.string().nullable() })),
  costs: z.array(z.object({ role: z.string(), costMicroUsd: z.number(), inputTokens: z.number(), outputTokens: z.number(), turns: z.number() })),
  decisions: z.array(z.object({ at: instant, by: z.string(), what: z.string(), why: z.string() })),
  events: z.array(json),
});

export type PlanRequest = z.infer<typeof planRequest>;
export type PlanChange = z.infer<typeof planChange>;
export type PlanView = z.infer<typeof planView>;
export type BlockerView = z.infer<typeof blockerView>;
export type WaiverView = z.infer<typeof waiverView>;
export type CompletePlanRequest = z.infer<typeof completePlanRequest>;
export type SkillUseView = z.infer<typeof skillUseView>;
export type ArtifactView = z.infer<typeof artifactView>;
export type RunEvidence = z.infer<typeof runEvidence>;
export type RoleRunView = z.infer<typeof roleRunView>;
export type InvokeRequest = z.infer<typeof invokeRequest>;
export type PersonAnswerRequest = z.infer<typeof personAnswerRequest>;
export type RotateRequest = z.infer<typeof rotateRequest>;
export type AskedAnswer = z.infer<typeof askedAnswer>;
export type RoleDefinitionView = z.infer<typeof roleDefinitionView>;
export type RoleView = z.infer<typeof roleView>;
export type IncarnationView = z.infer<typeof incarnationView>;
export type RoleHistory = z.infer<typeof roleHistory>;
export type FindingRequest = z.infer<typeof findingRequest>;
export type PlanFindingView = z.infer<typeof planFindingView>;
export type DisposeRequest = z.infer<typeof disposeRequest>;
export type RevalidateRequest = z.infer<typeof revalidateRequest>;
export type PlanBundle = z.infer<typeof planBundle>;
