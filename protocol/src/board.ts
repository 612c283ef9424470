/**
 * The board on the wire. A **task** is one card; a **lane** is an identity that may claim tasks; a **claim** is a lane's exclusive right to one task for as long as its lease
 * lives; a **run** is what one claim did, with an outcome. Requests are strict, instants are milliseconds since the Unix epoch, durations are milliseconds.
 */
import { z } from 'zod';
import type { Json } from './json.ts';

export const taskStatuses = ['triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review', 'done', 'archived'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** `dependency` lifts itself when the tasks it waits for are done, `transient` after a while; the other two need a person. */
export const blockKinds = ['dependency', 'needs_input', 'capability', 'transient'] as const;
export type BlockKind = (typeof blockKinds)[number];

export const runOutcomes = [
  'completed',
  'blocked',
  'timed-out',
  'crashed',
  'protocol-violation',
  'rate-limited',
  'released',
  'reclaimed',
  'cancelled',
] as const;
export type RunOutcome = (typeof runOutcomes)[number];

/** A dispatcher starts a worker for each task of a `spawnable` lane; a `persistent` lane takes its tasks itself and is never started. */
export const laneKinds = ['spawnable', 'persistent'] as const;
export type LaneKind = (typeof laneKinds)[number];

export const claimModes = ['pull', 'watch', 'pull-or-watch'] as const;
export type ClaimMode = (typeof claimModes)[number];

const id = z.string().min(1).max(200);
const instant = z.number();
const json: z.ZodType<Json> = z.json();
const metadata = z.record(z.string().min(1).max(100), json);
/** Lanes, boards and assignees. */
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'a name is lower-case letters, digits, _ and -, at most 64, and begins with a letter or digit');
const title = z.string().trim().min(1).max(500);
const text = z.string().max(100_000);
const labels = z.array(z.string().min(1).max(60)).max(30);
const minutes = 60_000;

/** Where the work of a task happens. `scratch`: a folder of its own. `directory`: an existing one. `worktree`: a git worktree of `repository` on a branch of its own. */
export const workspaceRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scratch') }),
  z.strictObject({ kind: z.literal('directory'), path: z.string().min(1).max(4000) }),
  z.strictObject({
    kind: z.literal('worktree'),
    repository: z.string().min(1).max(4000),
    base: z.string().max(200).optional(),
    branch: z.string().max(200).optional(),
  }),
]);
export type Workspace = z.infer<typeof workspaceRequest>;

export const boardRequest = z.strictObject({
  name,
  title: title.optional(),
  /** Done tasks are archived after so many days; absent: never. */
  archiveDoneAfterDays: z.number().int().min(1).max(3650).optional(),
});

/** What may be said about a task when it is made and changed later. */
const taskFields = {
  title,
  body: text,
  /** A lane, an agent, or `operator`. Any other name is accepted and shown as unknown: nobody will take it until such a lane exists. */
  assignee: name.nullable(),
  /** Higher goes first. */
  priority: z.number().int().min(-1000).max(1000),
  labels,
  /** Not before this instant; null: no such limit. */
  startAt: instant.nullable(),
  /** What must be shown for it to count as done; each criterion needs evidence of its own. */
  acceptance: z.array(z.string().min(1).max(2000)).max(50),
  /** `required`: what a lane completes waits for `reviewer` to accept it. */
  review: z.enum(['none', 'required']),
  reviewer: name,
  /** Complete only with at least one piece of evidence. Acceptance criteria imply it. */
  evidenceRequired: z.boolean(),
  /** Failed runs before it is blocked. */
  maxAttempts: z.number().int().min(1).max(100),
  /** A run that takes longer is ended, however often it says that it lives; null: no limit. */
  maxRuntimeMs: z
    .number()
    .int()
    .min(1000)
    .max(30 * 24 * 60 * minutes)
    .nullable(),
  metadata,
} as const;

export const taskRequest = z.strictObject({
  ...z.object(taskFields).partial().required({ title: true }).shape,
  workspace: workspaceRequest.optional(),
  /** Tasks that must be done first. */
  parents: z.array(id).max(500).optional(),
  /** Waits in `triage` until somebody specifies it. */
  triage: z.boolean().optional(),
  /** The same key on the same board makes one task, however often it is sent. */
  idempotencyKey: z.string().min(1).max(200).optional(),
});

export const taskChange = z.strictObject(z.object(taskFields).partial().shape);

export const taskView = z.object({
  id: z.string(),
  board: z.string(),
  title: z.string(),
  body: z.string(),
  status: z.enum(taskStatuses),
  assignee: z.string().nullable(),
  /** What stands behind the assignee now. `unknown`: no lane or agent has this name; the task waits, visibly. */
  assigneeState: z.enum(['none', 'unknown', 'available', 'drained', 'parked']),
  priority: z.number(),
  labels: z.array(z.string()),
  startAt: instant.nullable(),
  acceptance: z.array(z.string()),
  review: z.enum(['none', 'required']),
  reviewer: z.string(),
  evidenceRequired: z.boolean(),
  maxAttempts: z.number(),
  maxRuntimeMs: z.number().nullable(),
  metadata,
  workspace: workspaceRequest,
  /** Runs that failed since somebody last looked at it. */
  attempts: z.number(),
  /** Parents that are not done. */
  openParents: z.number(),
  block: z.object({ kind: z.enum(blockKinds), reason: z.string(), liftsAt: instant.nullable() }).nullable(),
  /** Who holds it now. */
  lane: z.string().nullable(),
  runId: z.string().nullable(),
  createdBy: z.string(),
  createdAt: instant,
  updatedAt: instant,
  readyAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** What the caller's kind may do with it in this status; see the transition table. */
  verbs: z.array(z.string()),
});

export const evidenceItem = z.strictObject({
  kind: z.enum(['check', 'link', 'file', 'note']),
  /** A command and what it printed, an address, an attachment's name, or words. */
  text: z.string().min(1).max(20_000),
  /** Which acceptance criterion it shows, counted from 1. */
  criterion: z.number().int().min(1).max(50).optional(),
});

export const artifactItem = z.strictObject({ name: z.string().min(1).max(255), url: z.url().max(2000).optional(), path: z.string().max(1000).optional() });

export const completeRequest = z.strictObject({
  summary: z.string().trim().min(1).max(100_000),
  metadata: metadata.optional(),
  artifacts: z.array(artifactItem).max(100).optional(),
  evidence: z.array(evidenceItem).max(100).optional(),
  /** Hand it to the reviewer although the task does not ask for a review. */
  review: z.boolean().optional(),
  /** Which run the caller thinks it is; another one is refused. */
  runId: id.optional(),
});

export const blockRequest = z.strictObject({
  reason: z.string().trim().min(1).max(10_000),
  kind: z.enum(blockKinds),
  /** For `dependency`: the tasks it waits for; they become its parents. */
  dependsOn: z.array(id).max(100).optional(),
  /** For `transient`: try again after so long; absent: a while that grows. */
  retryAfterMs: z
    .number()
    .int()
    .min(1000)
    .max(7 * 24 * 60 * minutes)
    .optional(),
});

export const heartbeatRequest = z.strictObject({ note: z.string().max(2000).optional(), progress: z.number().min(0).max(1).optional() });
export const releaseRequest = z.strictObject({ reason: z.string().max(2000).optional() });
export const commentRequest = z.strictObject({ text: z.string().trim().min(1).max(100_000) });
/** `content` is base64. */
export const attachmentRequest = z.strictObject({
  name: z.string().min(1).max(255),
  mediaType: z.string().max(100).optional(),
  content: z.base64().max(8_000_000),
});
export const metadataRequest = z.strictObject({ metadata });
export const reasonRequest = z.strictObject({ reason: z.string().trim().max(2000).optional() });
export const reviewRequest = z.strictObject({ verdict: z.enum(['accept', 'return']), reason: z.string().trim().max(10_000).optional() });
export const linkRequest = z.strictObject({ parent: id, child: id });

export const runView = z.object({
  id: z.string(),
  task: z.string(),
  lane: z.string(),
  epoch: z.number(),
  attempt: z.number(),
  startedAt: instant,
  endedAt: instant.nullable(),
  /** Null while it runs. */
  outcome: z.enum(runOutcomes).nullable(),
  summary: z.string(),
  /** Why it failed, was blocked or given back. */
  reason: z.string(),
  metadata,
  artifacts: z.array(artifactItem),
  evidence: z.array(evidenceItem),
  lastHeartbeatAt: instant.nullable(),
  note: z.string(),
  progress: z.number().nullable(),
  /** The process of a worker the dispatcher started. */
  worker: z.object({ pid: z.number(), startedAt: instant }).nullable(),
});

/** `expiresInMs` counts from the answer: a lane whose clock is wrong goes by that. */
export const claimView = z.object({ token: z.string(), epoch: z.number(), expiresAt: instant, expiresInMs: z.number() });
/** Who holds a task, without the secret. */
export const claimStateView = z.object({ lane: z.string(), epoch: z.number(), expiresInMs: z.number(), runId: z.string() });

export const claimRequest = z.strictObject({
  /** The same request again, after a lost answer, gives the same claim and the same token. Absent: a new one each time. */
  requestId: z.string().min(1).max(200).optional(),
  /** Exactly this task. */
  task: id.optional(),
  /** Only from this board. */
  board: name.optional(),
  /** What runs in the lane, for people to see. */
  version: z.string().max(100).optional(),
});

export const claimAnswer = z.object({ task: taskView, run: runView, claim: claimView });
export const heartbeatAnswer = z.object({ expiresAt: instant, expiresInMs: z.number() });

export const commentView = z.object({ id: z.string(), author: z.string(), text: z.string(), at: instant });
export const attachmentView = z.object({
  id: z.string(),
  name: z.string(),
  mediaType: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  author: z.string(),
  at: instant,
});
export const taskDetail = z.object({
  task: taskView,
  runs: z.array(runView),
  links: z.object({
    parents: z.array(z.object({ id: z.string(), title: z.string(), status: z.enum(taskStatuses) })),
    children: z.array(z.object({ id: z.string(), title: z.string(), status: z.enum(taskStatuses) })),
  }),
  comments: z.array(commentView),
  attachments: z.array(attachmentView),
  claim: claimStateView.nullable(),
});

export const taskQuery = z.strictObject({
  status: z.enum(taskStatuses).optional(),
  assignee: z.string().max(64).optional(),
  label: z.string().max(60).optional(),
  /** Words in the title. */
  q: z.string().max(200).optional(),
  after: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const taskPage = z.object({ tasks: z.array(taskView), next: z.string().nullable() });

/** A column of the board: its first cards, and how many there are; counting stops at 10,000 and `more` says so. */
export const columnView = z.object({ status: z.enum(taskStatuses), count: z.number(), more: z.boolean(), tasks: z.array(taskView) });
export const boardView = z.object({ name: z.string(), title: z.string(), createdAt: instant, archiveDoneAfterDays: z.number().nullable() });
export const boardColumns = z.object({ board: boardView, columns: z.array(columnView) });

export const laneRequest = z.strictObject({
  name,
  kind: z.enum(laneKinds),
  claimMode: z.enum(claimModes).default('pull-or-watch'),
  /** The only authority there is: over the tasks the lane has claimed, while it holds them. */
  allowedStatusMutations: z.literal('own-claimed-only').default('own-claimed-only'),
  /** Tasks it may hold at once. */
  capacity: z.number().int().min(1).max(10_000).default(1),
  labels: labels.default([]),
  description: z.string().max(2000).default(''),
  /** How long a claim lives without a heartbeat. */
  leaseMs: z
    .number()
    .int()
    .min(1000)
    .max(24 * 60 * minutes)
    .default(90_000),
  /** For a spawnable lane: the program and its arguments that work on one task. */
  command: z.array(z.string().min(1).max(4000)).min(1).max(100).optional(),
});

export const laneView = z.object({
  name: z.string(),
  kind: z.enum(laneKinds),
  claimMode: z.enum(claimModes),
  allowedStatusMutations: z.literal('own-claimed-only'),
  capacity: z.number(),
  labels: z.array(z.string()),
  description: z.string(),
  leaseMs: z.number(),
  command: z.array(z.string()).nullable(),
  /** The agent whose turns work in this lane. */
  agent: z.string().nullable(),
  state: z.enum(['active', 'drained', 'parked', 'unregistered']),
  /** Why it is parked, and until when; null: until somebody resumes it. */
  parked: z.object({ reason: z.string(), until: instant.nullable() }).nullable(),
  version: z.string(),
  registeredAt: instant,
  lastSeenAt: instant.nullable(),
  /** Requests of this lane that wait for work right now, on the daemon that answers. */
  waiting: z.number(),
  /** Tasks it holds, counted from live leases. */
  held: z.number(),
  ready: z.number(),
});

/** `token` is shown this once. */
export const registeredLane = z.object({ lane: laneView, token: z.string() });
export const parkRequest = z.strictObject({
  reason: z.string().trim().min(1).max(500),
  forMs: z
    .number()
    .int()
    .min(1000)
    .max(7 * 24 * 60 * minutes)
    .optional(),
});

export const importRequest = z.strictObject({
  format: z.enum(['hermes', 'vibe-kanban']),
  /** A file on the daemon's machine. */
  path: z.string().min(1).max(4000),
  dryRun: z.boolean().default(false),
});
export const importReport = z.object({
  format: z.string(),
  dryRun: z.boolean(),
  /** How many there are of each kind in the file, and how many were new to the board. */
  found: z.record(z.string(), z.number()),
  imported: z.record(z.string(), z.number()),
  /** What could not be taken over, each with its reason. */
  skipped: z.array(z.object({ what: z.string(), reason: z.string() })),
});

export const diffView = z.object({
  branch: z.string().nullable(),
  base: z.string().nullable(),
  files: z.number(),
  insertions: z.number(),
  deletions: z.number(),
  text: z.string(),
  cut: z.boolean(),
});
export const pullRequestRequest = z.strictObject({
  remote: z.string().min(1).max(200).default('origin'),
  title: z.string().max(500).optional(),
  body: text.optional(),
});
export const pullRequestView = z.object({ id: z.string(), branch: z.string(), base: z.string(), remote: z.string(), url: z.string() });

export type BoardRequest = z.infer<typeof boardRequest>;
export type TaskRequest = z.infer<typeof taskRequest>;
export type TaskChange = z.infer<typeof taskChange>;
export type TaskView = z.infer<typeof taskView>;
export type TaskQuery = z.infer<typeof taskQuery>;
export type TaskPage = z.infer<typeof taskPage>;
export type TaskDetail = z.infer<typeof taskDetail>;
export type EvidenceItem = z.infer<typeof evidenceItem>;
export type ArtifactItem = z.infer<typeof artifactItem>;
export type CompleteRequest = z.infer<typeof completeRequest>;
export type BlockRequest = z.infer<typeof blockRequest>;
export type HeartbeatRequest = z.infer<typeof heartbeatRequest>;
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswer>;
export type AttachmentRequest = z.infer<typeof attachmentRequest>;
export type RunView = z.infer<typeof runView>;
export type ClaimRequest = z.infer<typeof claimRequest>;
export type ClaimAnswer = z.infer<typeof claimAnswer>;
export type ClaimStateView = z.infer<typeof claimStateView>;
export type CommentView = z.infer<typeof commentView>;
export type AttachmentView = z.infer<typeof attachmentView>;
export type BoardView = z.infer<typeof boardView>;
export type BoardColumns = z.infer<typeof boardColumns>;
export type LaneRequest = z.infer<typeof laneRequest>;
export type LaneView = z.infer<typeof laneView>;
export type RegisteredLane = z.infer<typeof registeredLane>;
export type ParkRequest = z.infer<typeof parkRequest>;
export type ImportRequest = z.infer<typeof importRequest>;
export type ImportReport = z.infer<typeof importReport>;
export type DiffView = z.infer<typeof diffView>;
export type PullRequestRequest = z.infer<typeof pullRequestRequest>;
export type PullRequestView = z.infer<typeof pullRequestView>;
