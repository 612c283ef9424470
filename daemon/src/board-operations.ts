/**
 * What the doors can ask about the board. The same verbs stand behind HTTP, the MCP server and the tools of agents: each authorises by the caller's credential, does one thing, and answers
 * with a view or a refusal. `claimToken` is the token of a claim; a credential that is a claim itself needs none.
 */
import type { Credential } from '@guildhall/authority';
import type {
  AttachmentRequest,
  AttachmentView,
  BlockRequest,
  BoardColumns,
  BoardRequest,
  BoardView,
  ClaimAnswer,
  ClaimRequest,
  CommentView,
  CompleteRequest,
  DiffView,
  HeartbeatAnswer,
  HeartbeatRequest,
  ImportReport,
  ImportRequest,
  JsonObject,
  LaneRequest,
  LaneView,
  ParkRequest,
  Provenance,
  PullRequestRequest,
  PullRequestView,
  RegisteredLane,
  Settled,
  TaskChange,
  TaskDetail,
  TaskPage,
  TaskQuery,
  TaskRequest,
  TaskView,
} from '@guildhall/protocol';
import type { JournalPage } from '@guildhall/kernel';

/** Who asks: a credential at a door, or an agent in a turn. What an agent makes is derived from the provenance of its turn. */
export type BoardCaller =
  | { readonly kind: 'credential'; readonly credential: Credential; readonly claimToken?: string }
  | { readonly kind: 'agent'; readonly agent: string; readonly provenance: Provenance; readonly turnId: string };

export interface BoardOperations {
  listBoards(): Promise<readonly BoardView[]>;
  createBoard(request: BoardRequest, by: BoardCaller): Promise<Settled<BoardView>>;
  readBoard(board: string, perColumn: number, by: BoardCaller): Promise<Settled<BoardColumns>>;
  listTasks(board: string, query: TaskQuery, by: BoardCaller): Promise<Settled<TaskPage>>;
  readTask(task: string, by: BoardCaller): Promise<Settled<TaskDetail>>;

  createTask(board: string, request: TaskRequest, by: BoardCaller): Promise<Settled<TaskView & { readonly existing: boolean }>>;
  changeTask(task: string, change: TaskChange, by: BoardCaller): Promise<Settled<TaskView>>;
  specifyTask(task: string, by: BoardCaller): Promise<Settled<TaskView>>;
  linkTasks(parent: string, child: string, by: BoardCaller): Promise<Settled<TaskView>>;
  unlinkTasks(parent: string, child: string, by: BoardCaller): Promise<Settled<TaskView>>;
  unblockTask(task: string, reason: string, by: BoardCaller): Promise<Settled<TaskView>>;
  reviewTask(task: string, verdict: 'accept' | 'return', reason: string, by: BoardCaller): Promise<Settled<TaskView>>;
  reclaimTask(task: string, reason: string, by: BoardCaller): Promise<Settled<TaskView>>;
  archiveTask(task: string, by: BoardCaller): Promise<Settled<TaskView>>;

  /** Answers null when there was nothing until `waitMs` was over or `signal` aborted. */
  claim(lane: string, request: ClaimRequest, by: BoardCaller, waitMs: number, signal: AbortSignal): Promise<Settled<ClaimAnswer | null>>;
  heartbeat(task: string, request: HeartbeatRequest, by: BoardCaller): Promise<Settled<HeartbeatAnswer>>;
  complete(task: string, request: CompleteRequest, by: BoardCaller): Promise<Settled<TaskView>>;
  block(task: string, request: BlockRequest, by: BoardCaller): Promise<Settled<TaskView>>;
  release(task: string, reason: string, by: BoardCaller): Promise<Settled<TaskView>>;
  comment(task: string, text: string, by: BoardCaller): Promise<Settled<CommentView>>;
  attach(task: string, file: AttachmentRequest, by: BoardCaller): Promise<Settled<AttachmentView>>;
  readAttachment(task: string, id: string, by: BoardCaller): Promise<Settled<{ readonly name: string; readonly mediaType: string; readonly content: string }>>;
  annotate(task: string, metadata: JsonObject, by: BoardCaller): Promise<Settled<TaskView>>;

  listLanes(): Promise<readonly LaneView[]>;
  readLane(lane: string, by: BoardCaller): Promise<Settled<LaneView>>;
  registerLane(request: LaneRequest, by: BoardCaller): Promise<Settled<RegisteredLane>>;
  unregisterLane(lane: string, by: BoardCaller): Promise<Settled<LaneView>>;
  rotateLaneToken(lane: string, by: BoardCaller): Promise<Settled<RegisteredLane>>;
  drainLane(lane: string, by: BoardCaller): Promise<Settled<LaneView>>;
  resumeLane(lane: string, by: BoardCaller): Promise<Settled<LaneView>>;
  parkLane(lane: string, request: ParkRequest, by: BoardCaller): Promise<Settled<LaneView>>;
  /** Events of the journal that concern the lane: tasks assigned to it and tasks it holds. */
  readLaneEvents(lane: string, after: string, limit: number, by: BoardCaller): Promise<Settled<JournalPage>>;

  importBoard(board: string, request: ImportRequest, by: BoardCaller): Promise<Settled<ImportReport>>;
  diffTask(task: string): Promise<Settled<DiffView>>;
  openPullRequest(task: string, request: PullRequestRequest, by: BoardCaller): Promise<Settled<PullRequestView>>;
}
