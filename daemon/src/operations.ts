/**
 * Everything the doors (HTTP, and through it the terminal and the page) can ask of a running daemon. A door parses, authenticates and presents; each verb here authorises, does
 * one thing and answers with a view or a refusal.
 */
import type {
  AcceptedAnswer,
  AgentView,
  ApprovalView,
  AuditHeadsPage,
  BudgetView,
  ConfigVerdict,
  ConfigVersionView,
  CostGroup,
  CredentialRequest,
  CredentialView,
  EntryView,
  FindingView,
  IssuedCredential,
  MessageRequest,
  RouteQuery,
  RouteView,
  SessionView,
  Settled,
  StandingApprovalView,
  StatusView,
  StreamEvent,
  StreamHead,
  ToolView,
  TurnView,
} from '@guildhall/protocol';
import type { ApprovalAnswer, Credential } from '@guildhall/authority';
import type { JournalPage, JournalVerdict } from '@guildhall/kernel';
import type { BoardOperations } from './board-operations.ts';
import type { HandoffOperations } from './handoff-operations.ts';
import type { RoleOperations } from './role-operations.ts';
import type { ScheduleOperations } from './schedule-operations.ts';
import type { SkillOperations } from './skill-operations.ts';
import type { Figures } from './operations/figures.ts';

/** One event of a session's live stream; `id` is the sequence number of the entry behind it, when one is. */
export interface StreamedEvent {
  readonly id?: number;
  readonly event: StreamEvent;
}

export interface Operations {
  status(): Promise<StatusView>;
  doctor(): Promise<readonly FindingView[]>;
  readFigures(): Promise<Figures>;
  /** `id` is a handoff, a task, a lane, a plan, `role:<plan>/<role>`, a run, a finding, a schedule, a turn, a session key, an approval or an agent. First broken link first. */
  why(id: string): Promise<Settled<readonly FindingView[]>>;

  acceptMessage(request: MessageRequest, by: Credential): Promise<Settled<AcceptedAnswer>>;
  /** The turn; with `waitMs` > 0 answers when it has ended or the wait is over. */
  readTurn(id: string, waitMs: number, signal: AbortSignal): Promise<Settled<TurnView>>;
  cancelTurn(id: string, by: Credential): Promise<Settled<TurnView>>;

  listSessions(query: {
    readonly agent?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<Settled<{ readonly sessions: readonly SessionView[]; readonly next: string | null }>>;
  readSession(key: string): Promise<Settled<SessionView>>;
  readEntries(key: string, query: { readonly after?: number; readonly last?: boolean; readonly limit: number }): Promise<Settled<readonly EntryView[]>>;
  /** Replays what came after entry `afterSeq`, then goes on live until `signal` aborts. The slowest reader is cut off at a bounded buffer (the iteration ends). */
  streamSession(key: string, afterSeq: number | undefined, signal: AbortSignal): Settled<AsyncIterable<StreamedEvent>>;
  cancelSession(key: string, by: Credential): Promise<Settled<{ readonly cancelled: readonly string[] }>>;
  search(
    agent: string,
    query: string,
    limit: number,
  ): Promise<Settled<readonly { readonly sessionKey: string; readonly seq: number; readonly at: number; readonly kind: string; readonly excerpt: string }[]>>;

  listAgents(): Promise<readonly AgentView[]>;
  readAgent(id: string): Promise<Settled<AgentView>>;
  listTools(agent: string): Promise<Settled<readonly ToolView[]>>;
  reviewMcpServer(agent: string, server: string, by: Credential): Promise<Settled<{ readonly hash: string; readonly tools: readonly string[] }>>;
  explainRoute(query: RouteQuery): Settled<RouteView>;

  readConfig(): Promise<{ readonly rev: number; readonly text: string; readonly file: string }>;
  /** Checks, writes the file, puts it in force and stores the version; an invalid text changes nothing and answers `valid: false`. `baseRev` guards against a lost update. */
  writeConfig(text: string, baseRev: number | undefined, by: Credential): Promise<Settled<ConfigVerdict>>;
  listConfigVersions(): Promise<readonly ConfigVersionView[]>;
  readConfigVersion(rev: number): Promise<Settled<{ readonly rev: number; readonly text: string }>>;
  revertConfig(rev: number, by: Credential): Promise<Settled<ConfigVerdict>>;

  listApprovals(query: { readonly status?: ApprovalView['status']; readonly limit: number }): Promise<readonly ApprovalView[]>;
  readApproval(id: string): Promise<Settled<ApprovalView>>;
  answerApproval(id: string, answer: ApprovalAnswer, by: Credential, reason?: string): Promise<Settled<ApprovalView>>;
  listStandingApprovals(): Promise<readonly StandingApprovalView[]>;
  forgetStandingApproval(id: string, by: Credential): Promise<Settled<StandingApprovalView>>;

  listCredentials(): Promise<readonly CredentialView[]>;
  createCredential(request: CredentialRequest, by: Credential): Promise<Settled<IssuedCredential>>;
  revokeCredential(id: string, by: Credential): Promise<Settled<CredentialView>>;
  /** Uses up a one-time code and answers with the secret of a new browser session. */
  signIn(code: string): Promise<Settled<{ readonly secret: string; readonly expiresAt: number }>>;
  /** The live credential a secret belongs to. */
  authenticate(secret: string): Promise<Credential | undefined>;

  readBudgets(): Promise<readonly BudgetView[]>;
  readCosts(by: CostGroup): Promise<
    readonly {
      readonly key: string;
      readonly costMicroUsd: number;
      readonly inputTokens: number;
      readonly outputTokens: number;
      readonly turns: number;
      readonly unpricedSteps: number;
    }[]
  >;

  /** `after` may be `now`: behind the newest event. */
  readEvents(query: { readonly after: string; readonly stream?: string; readonly limit: number }): Promise<Settled<JournalPage>>;
  /** Calls `wake` when the journal grew. */
  onJournal(wake: () => void): () => void;
  /** Calls `revoked` with the id of a credential that was revoked, at once, so that open connections can be closed. */
  onRevoked(revoked: (credentialId: string) => void): () => void;
  /** With `expected`, also that each of these heads is still where it was. */
  verifyAudit(expected?: readonly StreamHead[]): Promise<JournalVerdict>;
  readAuditHeads(query: { readonly after: string; readonly events?: number; readonly limit: number }): Promise<AuditHeadsPage>;
  backup(file: string, by: Credential): Promise<Settled<{ readonly file: string; readonly bytes: number }>>;
  verifyDatabase(): Promise<readonly FindingView[]>;

  readonly board: BoardOperations;
  readonly roles: RoleOperations;
  readonly skills: SkillOperations;
  readonly schedules: ScheduleOperations;
  readonly handoffs: HandoffOperations;
}
