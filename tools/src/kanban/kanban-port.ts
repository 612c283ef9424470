/** What the `kanban_*` tools need of the board. Every verb acts as the agent, with the provenance of its turn; whether it may is decided behind the port. */
import type {
  AttachmentRequest,
  AttachmentView,
  BlockRequest,
  CommentView,
  CompleteRequest,
  HeartbeatAnswer,
  HeartbeatRequest,
  Settled,
  TaskDetail,
  TaskPage,
  TaskQuery,
  TaskRequest,
  TaskView,
} from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';

/** The task a turn was started to work on. */
export interface OwnTask {
  readonly task: string;
  readonly board: string;
  readonly runId: string;
}

export interface KanbanPort {
  /** Undefined in a turn that was not started for a task, and once its claim ended or lapsed. */
  ownTask(context: ToolContext): Promise<OwnTask | undefined>;
  readTask(task: string, context: ToolContext): Promise<Settled<TaskDetail>>;
  listTasks(board: string, query: TaskQuery, context: ToolContext): Promise<Settled<TaskPage>>;
  /** The same idempotency key makes one task. */
  createTask(board: string, request: TaskRequest, context: ToolContext): Promise<Settled<TaskView & { readonly existing: boolean }>>;
  completeTask(task: string, request: CompleteRequest, context: ToolContext): Promise<Settled<TaskView>>;
  blockTask(task: string, request: BlockRequest, context: ToolContext): Promise<Settled<TaskView>>;
  unblockTask(task: string, reason: string, context: ToolContext): Promise<Settled<TaskView>>;
  heartbeat(task: string, request: HeartbeatRequest, context: ToolContext): Promise<Settled<HeartbeatAnswer>>;
  comment(task: string, text: string, context: ToolContext): Promise<Settled<CommentView>>;
  linkTasks(parent: string, child: string, context: ToolContext): Promise<Settled<TaskView>>;
  attach(task: string, file: AttachmentRequest, context: ToolContext): Promise<Settled<AttachmentView>>;
  readAttachment(
    task: string,
    id: string,
    context: ToolContext,
  ): Promise<Settled<{ readonly name: string; readonly mediaType: string; readonly content: string }>>;
}
