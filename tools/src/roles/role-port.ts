/** What the tools of roles need of the plan. Every verb acts as the role the turn is in, with the provenance of the turn; whether it may is decided behind the port. */
import type {
  DisposeRequest,
  Disposition,
  ExecutionMode,
  FindingRequest,
  FindingStatus,
  PlanFindingView,
  RevalidateRequest,
  RoleRunView,
  Settled,
} from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';

interface RoleWork {
  /** Any spelling of a role. */
  readonly role: string;
  /** The plan of the turn when absent. */
  readonly plan?: string;
  readonly task: string;
  readonly mode: Extract<ExecutionMode, 'persistent' | 'delegated' | 'inline'>;
  /** Why it is done so; needed for `inline`. */
  readonly reason: string;
  readonly expects: readonly string[];
  readonly phase?: string;
}

export interface RolePort {
  /** Answers when the run has its outcome, or waits for a person. The same call finds the run it made. */
  invokeRole(work: RoleWork, context: ToolContext): Promise<Settled<RoleRunView>>;
  reportFinding(finding: FindingRequest, context: ToolContext): Promise<Settled<PlanFindingView>>;
  disposeFinding(
    id: string,
    verb: Disposition,
    request: DisposeRequest & { readonly question?: string },
    context: ToolContext,
  ): Promise<Settled<PlanFindingView>>;
  answerFinding(id: string, text: string, context: ToolContext): Promise<Settled<PlanFindingView>>;
  revalidateFinding(id: string, request: RevalidateRequest, context: ToolContext): Promise<Settled<PlanFindingView>>;
  /** Of the plan of the turn. */
  listFindings(status: FindingStatus | undefined, context: ToolContext): Promise<Settled<readonly PlanFindingView[]>>;
}
