/**
 * What the board asks of a store. One verb is one transaction that commits the change together with its events (stream `board:<board>`; lanes: `installation`).
 *
 * Verbs with a `ClaimProof` change nothing and answer `stale-claim` unless the run with that token hash belongs to the live lease of the task — task, token, epoch and lapse checked
 * in the same statement as the first write. `actor` is who did it, as the journal has it: `operator`, `lane:factory`, `agent:coder`, `daemon`.
 */
import type { NewCredential } from '@guildhall/authority';
import type {
  ArtifactItem,
  AttachmentView,
  BlockKind,
  CommentView,
  EvidenceItem,
  JsonObject,
  Provenance,
  RunOutcome,
  Settled,
  TaskStatus,
} from '@guildhall/protocol';
import type { Board } from './board.ts';
import type { ClaimAttempt, Claimed, ClaimProof } from './claim.ts';
import type { Lane } from './lane.ts';
import type { Completion, FailedOutcome, Run, Worker } from './run.ts';
import type { Task } from './task.ts';

export interface NewTask extends Pick<
  Task,
  | 'id'
  | 'board'
  | 'title'
  | 'body'
  | 'assignee'
  | 'priority'
  | 'labels'
  | 'startAt'
  | 'acceptance'
  | 'review'
  | 'reviewer'
  | 'evidenceRequired'
  | 'maxAttempts'
  | 'maxRuntimeMs'
  | 'metadata'
  | 'workspace'
  | 'provenance'
  | 'createdBy'
> {
  readonly parents: readonly string[];
  readonly triage: boolean;
  readonly idempotencyKey: string | null;
}

export type TaskChanges = Partial<
  Pick<
    NewTask,
    | 'title'
    | 'body'
    | 'assignee'
    | 'priority'
    | 'labels'
    | 'startAt'
    | 'acceptance'
    | 'review'
    | 'reviewer'
    | 'evidenceRequired'
    | 'maxAttempts'
    | 'maxRuntimeMs'
    | 'metadata'
  >
>;

export interface BoardVerbs {
  /** `already-exists`. */
  createBoard(board: Pick<Board, 'name' | 'title' | 'archiveDoneAfterDays'>, actor: string): Promise<Settled<Board>>;
  listBoards(): Promise<readonly Board[]>;
}

export interface TaskVerbs {
  /**
   * Makes a task and settles where it lands: `triage`, `scheduled`, `todo` (a parent is open) or `ready`. The same idempotency key on the same board answers with the task it made before.
   * `not-found` for the board or a parent; an archived parent that was never done is `wrong-state`.
   */
  createTask(task: NewTask): Promise<Settled<{ readonly task: Task; readonly existing: boolean }>>;
  /** While it runs only priority, labels, metadata, limits and what is asked of a completion may change; `wrong-state` for the rest, and for what is done or archived. `startAt` and `assignee` settle it anew. */
  changeTask(id: string, changes: TaskChanges, actor: string): Promise<Settled<Task>>;
  specifyTask(id: string, actor: string): Promise<Settled<Task>>;
  /** `invalid-input` for a task and itself, or where the child is already before the parent (a cycle); twice the same link is once. A ready child goes back to `todo`; a running or ended one is `wrong-state`. */
  linkTasks(parent: string, child: string, actor: string): Promise<Settled<Task>>;
  unlinkTasks(parent: string, child: string, actor: string): Promise<Settled<Task>>;
  /** Blocks a task nobody holds. */
  blockTask(id: string, block: NewBlock, actor: string): Promise<Settled<Task>>;
  /** Lifts a block and forgets failed attempts. */
  unblockTask(id: string, reason: string, actor: string): Promise<Settled<Task>>;
  /** `accept` promotes the children as a completion does. `return` gives the reason as a comment and lands the task anew. */
  reviewTask(id: string, verdict: 'accept' | 'return', reason: string, actor: string): Promise<Settled<Task>>;
  /** Ends a live claim: the run is `reclaimed`, no attempt counts. */
  reclaimTask(id: string, reason: string, actor: string): Promise<Settled<Task>>;
  /** Refused with `wrong-state` while it runs, and for a task that is not done while others wait for it; `details.children` names them. */
  archiveTask(id: string, actor: string): Promise<Settled<Task>>;
  commentTask(id: string, comment: NewComment): Promise<Settled<CommentView>>;
  attachToTask(id: string, file: NewAttachment): Promise<Settled<AttachmentView>>;
  /** Merges; null removes a key. */
  annotateTask(id: string, metadata: JsonObject, actor: string): Promise<Settled<Task>>;
  /** Scheduled tasks and transient blocks whose time has come land anew; answers how many did. Also ends the park of lanes whose time is over. */
  wakeDueTasks(limit: number): Promise<number>;
  /** Archives done tasks of boards that say so. */
  archiveOldTasks(limit: number): Promise<number>;
  /**
   * Called once for each part of a foreign board, parents before their children. What has a key that is there already is left alone and not counted; `imported` counts what is new: `tasks`, `links`,
   * `comments`, `runs`, `attachments`, `events`. A task that could be taken now lands in `todo` or `ready` as its parents say, whatever it says itself.
   */
  importTasks(board: string, imported: ImportedBoard, actor: string): Promise<Settled<{ readonly imported: Readonly<Record<string, number>> }>>;
}

export interface NewBlock {
  readonly kind: BlockKind;
  readonly reason: string;
  readonly dependsOn: readonly string[];
  /** Null: see `transientPauseMs`. */
  readonly retryAfterMs: number | null;
}

export interface NewComment {
  readonly id: string;
  readonly text: string;
  readonly author: string;
}

export interface NewAttachment {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  /** Base64. */
  readonly content: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly author: string;
}

export interface ClaimVerbs {
  /**
   * Gives the lane its next ready task (highest priority, longest ready, oldest), or the one asked for; null when there is none, `limit-reached` when its capacity is used up, `not-allowed`
   * for a task assigned to another, `wrong-state` when the lane is drained, parked or unregistered, or the task asked for is not ready. The same request id again answers with the same claim while it lives; `stale-claim` afterwards.
   */
  claimTask(attempt: ClaimAttempt): Promise<Settled<Claimed | null>>;
  /** Extends the lease by the lane's `leaseMs` from now. Recorded as an event when it says something, else about once a minute. */
  renewClaim(proof: ClaimProof, beat: { readonly note?: string; readonly progress?: number }): Promise<Settled<{ readonly expiresInMs: number }>>;
  /** Ends the run `completed` and the task `done` or `review`, as `judgeCompletion` says; done promotes its children. */
  completeClaim(proof: ClaimProof, completion: Completion): Promise<Settled<Task>>;
  /** Too many transient blocks in a row become `needs_input`. `dependency` adds the links; without an open parent afterwards it is `invalid-input`. */
  blockClaim(proof: ClaimProof, block: NewBlock): Promise<Settled<Task>>;
  /** Back to `ready`; no attempt counts. */
  releaseClaim(proof: ClaimProof, reason: string): Promise<Settled<Task>>;
  commentClaim(proof: ClaimProof, comment: NewComment): Promise<Settled<CommentView>>;
  attachClaim(proof: ClaimProof, file: NewAttachment): Promise<Settled<AttachmentView>>;
  annotateClaim(proof: ClaimProof, metadata: JsonObject): Promise<Settled<Task>>;
  /** For the dispatcher: ends a run that failed (counts an attempt and towards the lane's breaker) or was `rate-limited` (neither). */
  failClaim(proof: ClaimProof, outcome: FailedOutcome | 'rate-limited', reason: string): Promise<Settled<Task>>;
  recordWorker(proof: ClaimProof, worker: Worker): Promise<Settled<null>>;
  /** Takes back what lapsed leases held: outcome `timed-out`, an attempt counts. Answers the tasks. */
  reclaimLapsed(limit: number): Promise<readonly Task[]>;
  /** The run with that token, while its claim lives. */
  findClaim(tokenHash: string): Promise<Run | undefined>;
  /** Live claims of these lanes, or of all. */
  liveClaims(lanes?: readonly string[]): Promise<readonly { readonly task: Task; readonly run: Run; readonly expiresInMs: number }[]>;
}

export interface NewLane extends Pick<Lane, 'name' | 'kind' | 'claimMode' | 'capacity' | 'labels' | 'description' | 'leaseMs' | 'runner'> {
  /** Null for the lanes of agents, which nobody logs in to. */
  readonly credential: NewCredential | null;
}

export interface LaneVerbs {
  /** `already-exists` while a lane of that name is registered. The credential is created in the same transaction. */
  registerLane(lane: NewLane, actor: string): Promise<Settled<Lane>>;
  /** Makes the lanes of agents exactly these: registers what is missing, unregisters what is gone. A lane of another kind with such a name is left alone and answered. */
  setAgentLanes(agents: readonly { readonly agent: string; readonly capacity: number }[], actor: string): Promise<readonly string[]>;
  /** Ends its credential and gives back what it holds (`reclaimed`). */
  unregisterLane(name: string, actor: string): Promise<Settled<Lane>>;
  drainLane(name: string, actor: string): Promise<Settled<Lane>>;
  /** Ends drain and park, and forgets failures in a row. */
  resumeLane(name: string, actor: string): Promise<Settled<Lane>>;
  parkLane(name: string, reason: string, until: number | null, actor: string): Promise<Settled<Lane>>;
  /** Revokes the old credential. */
  rotateLane(name: string, credential: NewCredential, actor: string): Promise<Settled<Lane>>;
  /** Presence of lanes that wait and so write nothing. */
  touchLanes(names: readonly string[]): Promise<void>;
}

/** A lane with what is counted when it is read. */
export interface LaneCounts {
  readonly lane: Lane;
  readonly held: number;
  readonly ready: number;
}

export interface BoardReads {
  readTask(id: string): Promise<Task | undefined>;
  readTaskDetail(id: string): Promise<TaskFacts | undefined>;
  listTasks(query: {
    readonly board: string;
    readonly status?: TaskStatus;
    readonly assignee?: string;
    readonly label?: string;
    readonly q?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<Settled<{ readonly tasks: readonly Task[]; readonly next: string | null }>>;
  /** Cost does not grow with the board: counting stops at `mostCounted`. */
  readColumns(board: string, perColumn: number, mostCounted: number): Promise<Settled<{ readonly board: Board; readonly columns: readonly Column[] }>>;
  /** Which of these keys of a foreign board are on the board already. */
  findImported(board: string, format: string, keys: readonly string[]): Promise<ReadonlySet<string>>;
  readAttachment(task: string, id: string): Promise<{ readonly name: string; readonly mediaType: string; readonly content: string } | undefined>;
  listLanes(): Promise<readonly LaneCounts[]>;
  readLane(name: string): Promise<LaneCounts | undefined>;
  /** By name, for the assignees of tasks. */
  findLanes(names: readonly string[]): Promise<ReadonlyMap<string, Lane>>;
  /** Which of these lanes have a ready task, with how many, at most `limit` each. */
  lanesWithWork(names: readonly string[], limit: number): Promise<ReadonlyMap<string, number>>;
  /** Open tasks nothing will ever move, each with the reason; see `deadTasks` in the store. None when all is well. */
  deadTasks(limit: number): Promise<readonly { readonly task: Task; readonly why: string }[]>;
  /** The ready task of each assignee that waits longest, and lapsed claims: what alarms are judged from. */
  longestWaits(limit: number): Promise<readonly { readonly assignee: string | null; readonly task: Task; readonly waiting: number }[]>;
  /** Open tasks by status, over all boards, at most `mostCounted` each. */
  countTasks(mostCounted: number): Promise<Readonly<Record<TaskStatus, number>>>;
}

export interface Column {
  readonly status: TaskStatus;
  readonly count: number;
  readonly more: boolean;
  readonly tasks: readonly Task[];
}

export interface LinkedTask {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
}

export interface TaskFacts {
  readonly task: Task;
  /** Oldest first; the newest 200. */
  readonly runs: readonly Run[];
  readonly parents: readonly LinkedTask[];
  readonly children: readonly LinkedTask[];
  /** Oldest first; the newest 500. */
  readonly comments: readonly CommentView[];
  readonly attachments: readonly AttachmentView[];
  readonly claim: { readonly lane: string; readonly epoch: number; readonly expiresInMs: number; readonly runId: string } | null;
}

/** A foreign board in our words, or a part of it. `key` is the id it had there; importing twice finds what is there already. */
export interface ImportedBoard {
  readonly format: string;
  readonly tasks: readonly ImportedTask[];
  /** By key. The child is among `tasks`, the parent there or in an earlier part; there are no cycles. */
  readonly links: readonly { readonly parent: string; readonly child: string }[];
}

export interface ImportedTask {
  readonly key: string;
  readonly id: string;
  readonly title: string;
  readonly body: string;
  /** What was running there lands in `ready`: its claim means nothing here. */
  readonly status: Exclude<TaskStatus, 'running'>;
  readonly assignee: string | null;
  readonly priority: number;
  readonly labels: readonly string[];
  readonly startAt: number | null;
  readonly block: { readonly kind: BlockKind; readonly reason: string } | null;
  readonly metadata: JsonObject;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly provenance: Provenance;
  readonly comments: readonly { readonly id: string; readonly author: string; readonly text: string; readonly at: number }[];
  readonly runs: readonly ImportedRun[];
  readonly attachments: readonly NewAttachment[];
  /** Its events there, with the names they had: recorded as `task.imported`, oldest first. */
  readonly events: readonly { readonly type: string; readonly at: number; readonly data: JsonObject }[];
}

export interface ImportedRun {
  readonly id: string;
  readonly lane: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: RunOutcome;
  readonly summary: string;
  readonly reason: string;
  readonly metadata: JsonObject;
  readonly artifacts: readonly ArtifactItem[];
  readonly evidence: readonly EvidenceItem[];
}

export interface BoardStore extends BoardVerbs, TaskVerbs, ClaimVerbs, LaneVerbs, BoardReads {}
