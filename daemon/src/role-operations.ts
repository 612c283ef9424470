/**
 * What the doors and the tools of agents can ask about plans, roles and findings. Each verb authorises, does one thing, and answers with a view or a refusal.
 */
import type { Credential } from '@guildhall/authority';
import type {
  ArtifactView,
  AskedAnswer,
  CompletePlanRequest,
  DisposeRequest,
  Disposition,
  ExecutionMode,
  FindingRequest,
  FindingStatus,
  InvokeRequest,
  PersonAnswerRequest,
  PlanBundle,
  PlanChange,
  PlanFindingView,
  PlanRequest,
  PlanStatus,
  PlanView,
  RevalidateRequest,
  RoleDefinitionView,
  RoleHistory,
  RoleRunView,
  RoleView,
  RotateRequest,
  Settled,
} from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';

/** Who asks: a credential at a door, or an agent within a turn. What an agent asks is judged by the role its turn is in, and derived from the provenance of the turn. */
export type RoleCaller = { readonly kind: 'credential'; readonly credential: Credential } | { readonly kind: 'agent'; readonly turn: ToolContext };

/** The doors ask for `persistent` and `delegated`; the others are for the daemon's own use. */
export interface RoleRequest extends Omit<InvokeRequest, 'mode'> {
  readonly mode?: ExecutionMode | undefined;
  /** Why it is done so; needed for `inline`. */
  readonly reason?: string | undefined;
}

export interface PlanOperations {
  listPlans(query: { readonly status?: PlanStatus; readonly after?: string; readonly limit: number }): Promise<readonly PlanView[]>;
  createPlan(request: PlanRequest, by: RoleCaller): Promise<Settled<PlanView & { readonly existing: boolean }>>;
  readPlan(plan: string): Promise<Settled<PlanView>>;
  changePlan(plan: string, change: PlanChange, by: RoleCaller): Promise<Settled<PlanView>>;
  completePlan(plan: string, request: CompletePlanRequest, by: RoleCaller): Promise<Settled<PlanView>>;
  reopenPlan(plan: string, reason: string, by: RoleCaller): Promise<Settled<PlanView>>;
  exportPlan(plan: string): Promise<Settled<PlanBundle>>;
}

export interface RoleSessionOperations {
  listRoleDefinitions(): readonly RoleDefinitionView[];
  listRoleSessions(query: { readonly plan?: string; readonly limit: number }): Promise<readonly RoleView[]>;
  /** Get-or-create. An operator's call makes the plan too, when there is none. `role` is any spelling of a role; unknown and look-alike ones are `not-found` and `invalid-input`. */
  openRole(plan: string, role: string, by: RoleCaller): Promise<Settled<RoleView>>;
  readRole(plan: string, role: string): Promise<Settled<RoleView>>;
  readHistory(plan: string, role: string): Promise<Settled<RoleHistory>>;
  /** Opens the role if need be. */
  invokeRole(plan: string, role: string, request: RoleRequest, by: RoleCaller): Promise<Settled<RoleRunView>>;
  retireRole(plan: string, role: string, request: { readonly reason: string }, by: RoleCaller): Promise<Settled<RoleView>>;
  reopenRole(plan: string, role: string, request: { readonly reason: string }, by: RoleCaller): Promise<Settled<RoleView>>;
  rotateRole(plan: string, role: string, request: RotateRequest, by: RoleCaller): Promise<Settled<RoleView>>;
  /** Answers when the predecessor has, or the wait is over. */
  askPredecessor(
    plan: string,
    role: string,
    request: { readonly question: string; readonly incarnation?: number },
    by: RoleCaller,
    signal: AbortSignal,
  ): Promise<Settled<AskedAnswer>>;
  listRuns(plan: string, query: { readonly role?: string; readonly limit: number }): Promise<Settled<readonly RoleRunView[]>>;
  readRun(plan: string, run: string, waitMs: number, signal: AbortSignal): Promise<Settled<RoleRunView>>;
  answerRun(plan: string, run: string, request: PersonAnswerRequest, by: RoleCaller): Promise<Settled<RoleRunView>>;
  readArtifact(id: string): Promise<Settled<ArtifactView & { readonly content: string | null }>>;
}

export interface FindingOperations {
  listFindings(query: { readonly plan?: string; readonly status?: FindingStatus; readonly limit: number }): Promise<readonly PlanFindingView[]>;
  readFinding(id: string): Promise<Settled<PlanFindingView>>;
  reportFinding(plan: string, request: FindingRequest, by: RoleCaller): Promise<Settled<PlanFindingView>>;
  /** For the Lead of the plan, and for the operator. */
  disposeFinding(id: string, verb: Disposition, request: DisposeRequest & { readonly question?: string }, by: RoleCaller): Promise<Settled<PlanFindingView>>;
  answerFinding(id: string, text: string, by: RoleCaller): Promise<Settled<PlanFindingView>>;
  revalidateFinding(id: string, request: RevalidateRequest, by: RoleCaller): Promise<Settled<PlanFindingView>>;
}

export type RoleOperations = PlanOperations & RoleSessionOperations & FindingOperations;
