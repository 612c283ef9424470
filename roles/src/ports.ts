/**
 * What roles ask of a store. One verb is one transaction that commits the change together with its events (stream `plan:<id>`). `actor` is who did it, as the journal has it: `operator`,
 * `role:<plan>/<role>`, `agent:coder`, `daemon`.
 *
 * The guard of retirement is the store's: no message is accepted into a `role:` session that is not open, by whatever path it comes, in the same transaction as the accept.
 */
import type {
  ArtifactView,
  BlockerView,
  Compliance,
  FindingStatus,
  PlanStatus,
  Provenance,
  RoleRunOutcome,
  RoleRunStatus,
  RunEvidence,
  Settled,
} from '@guildhall/protocol';
import type { Finding, NewFinding } from './finding.ts';
import type { NewPlan, Plan, PlanFacts } from './plan.ts';
import type { Incarnation, NewArtifact, NewRoleRun, RoleRun, RoleSession } from './role-session.ts';

export interface PlanVerbs {
  /** Makes it; the one that is there, unchanged, when it exists (`created: false`). */
  createPlan(plan: NewPlan): Promise<Settled<{ readonly plan: Plan; readonly created: boolean }>>;
  /** A changed packet is a new revision. `wrong-state` once it is completed. */
  changePlan(id: string, changes: Partial<Pick<NewPlan, 'title' | 'goal' | 'packet' | 'phases'>>, actor: string): Promise<Settled<Plan>>;
  /**
   * Completes it if nothing blocks it that is not waived, judged on what the database holds in that transaction: `wrong-state` with the blockers in `details.blockers` otherwise. Nothing is recorded when it is
   * refused. A waiver of what does not block is `not-found`.
   */
  completePlan(id: string, waivers: readonly { readonly blocker: string; readonly reason: string }[], actor: string): Promise<Settled<Plan>>;
  reopenPlan(id: string, reason: string, actor: string): Promise<Settled<Plan>>;
  readPlan(id: string): Promise<Plan | undefined>;
  listPlans(query: { readonly status?: PlanStatus; readonly after?: string; readonly limit: number }): Promise<readonly Plan[]>;
  /** Everything the completion gate looks at. */
  planFacts(id: string): Promise<PlanFacts | undefined>;
  blockersOf(id: string): Promise<readonly BlockerView[]>;
  readPackets(
    plan: string,
  ): Promise<readonly { readonly rev: number; readonly text: string; readonly sha256: string; readonly by: string; readonly at: number }[]>;
}

export interface RoleVerbs {
  /** Get-or-create by (plan, role): one session however many ask at once, on one node or several. One that is there is answered as it is, open or retired. Makes nothing and is `wrong-state` in a completed plan; `not-found` without the plan. */
  openRole(
    role: { readonly plan: string; readonly role: string; readonly sessionKey: string; readonly agent: string | null },
    actor: string,
  ): Promise<Settled<{ readonly session: RoleSession; readonly created: boolean }>>;
  /** Stops new turns and keeps everything: waiting turns are cancelled, the running one ends by itself (or is asked to stop, with `stopRunning`). The brief stays with the incarnation. */
  retireRole(
    plan: string,
    role: string,
    by: { readonly reason: string; readonly brief: string; readonly actor: string; readonly stopRunning: boolean },
  ): Promise<Settled<RoleSession>>;
  /** A new incarnation with the same history. */
  reopenRole(plan: string, role: string, by: { readonly reason: string; readonly actor: string }): Promise<Settled<RoleSession>>;
  /**
   * A new incarnation whose context begins with `brief`; the record goes on, and a compaction entry says so. What waits is done by the new one. `lease-held` while a turn runs; `wrong-state` where
   * nothing has been said yet.
   */
  rotateRole(plan: string, role: string, by: { readonly reason: string; readonly brief: string; readonly actor: string }): Promise<Settled<RoleSession>>;
  /** Who fills the role changed in the configuration: from the next turn on. */
  assignRole(plan: string, role: string, agent: string | null): Promise<Settled<RoleSession>>;
  readRole(plan: string, role: string): Promise<RoleSession | undefined>;
  listRoles(query: { readonly plan?: string; readonly limit: number }): Promise<readonly RoleSession[]>;
  incarnationsOf(plan: string, role: string): Promise<readonly Incarnation[]>;
}

export interface RunVerbs {
  /**
   * Asks a piece of work of a role: the run, and where an agent fills the role and the mode has a turn of its own, the accepted message with its turn — one transaction. The same `requestId` for the
   * same role finds the run it made (`existing: true`). `wrong-state` when the role is retired or the plan completed.
   */
  invokeRole(run: NewRoleRun): Promise<Settled<{ readonly run: RoleRun; readonly existing: boolean }>>;
  /** A person fills the role and has answered: the message is accepted with its turn, which will answer with these words. `wrong-state` unless the run waits for a person. */
  answerRun(
    run: string,
    answer: { readonly text: string; readonly outcome: 'succeeded' | 'failed'; readonly turnId: string; readonly actor: string },
  ): Promise<Settled<RoleRun>>;
  /** Runs whose turn has ended (or, inline, whose host turn has) and whose outcome is not judged yet. */
  unsettledRuns(limit: number): Promise<readonly RoleRun[]>;
  /** The outcome with its evidence and artifacts, once: a second settling changes nothing and answers the first. */
  settleRun(
    run: string,
    settled: {
      readonly outcome: RoleRunOutcome;
      readonly reason: string;
      readonly compliance: Compliance;
      readonly policyRev: number | null;
      readonly evidence: readonly RunEvidence[];
      readonly artifacts: readonly NewArtifact[];
    },
  ): Promise<Settled<RoleRun>>;
  readRun(run: string): Promise<RoleRun | undefined>;
  /** The run a turn works on. */
  runOfTurn(turnId: string): Promise<RoleRun | undefined>;
  listRuns(query: { readonly plan?: string; readonly role?: string; readonly status?: RoleRunStatus; readonly limit: number }): Promise<readonly RoleRun[]>;
  artifactsOf(query: { readonly plan: string; readonly run?: string; readonly role?: string; readonly limit: number }): Promise<readonly ArtifactView[]>;
  readArtifact(id: string): Promise<{ readonly artifact: ArtifactView; readonly content: string | null } | undefined>;
}

export interface FindingVerbs {
  reportFinding(finding: NewFinding): Promise<Settled<Finding>>;
  /** Accept, reject, defer or ask, by the transition table. Accepting names the role that mends it and those who must look again. */
  disposeFinding(
    id: string,
    verdict: {
      readonly verb: 'accept' | 'reject' | 'defer' | 'ask';
      readonly text: string;
      readonly assignTo: string | null;
      readonly revalidateBy: readonly string[];
      readonly actor: string;
      /** The chain of who decides. */
      readonly provenance: Provenance;
    },
  ): Promise<Settled<Finding>>;
  answerFinding(id: string, text: string, actor: string): Promise<Settled<Finding>>;
  /** Accepted findings whose task is not made yet. */
  findingsWithoutTask(limit: number): Promise<readonly Finding[]>;
  linkRemediation(id: string, round: number, task: string): Promise<Settled<Finding>>;
  /** Accepted findings whose task is over: done, they become `remediated`; archived undone, they are `reported` again, for the Lead to decide anew. Answers those that moved. */
  remediateDone(limit: number): Promise<readonly Finding[]>;
  /** The last verdict that passes closes it; one that fails sends it back to `accepted` for a new round. */
  revalidateFinding(
    id: string,
    verdict: { readonly role: string; readonly passed: boolean; readonly text: string; readonly actor: string },
  ): Promise<Settled<Finding>>;
  /** Findings the Lead has not been told of, whose reporting run has ended; and remediated ones nobody told the Lead of. */
  findingsToDeliver(limit: number): Promise<readonly Finding[]>;
  /** The Lead was told, in that turn, where each stands since `step`. Where it went from there is told anew. */
  markDelivered(told: readonly Pick<Finding, 'id' | 'step'>[], turnId: string): Promise<void>;
  readFinding(id: string): Promise<Finding | undefined>;
  /** The accepted finding that the task mends in its present round. */
  findingMendedBy(task: string): Promise<Finding | undefined>;
  listFindings(query: { readonly plan?: string; readonly status?: FindingStatus; readonly limit: number }): Promise<readonly Finding[]>;
}

export type RoleStore = PlanVerbs & RoleVerbs & RunVerbs & FindingVerbs;
