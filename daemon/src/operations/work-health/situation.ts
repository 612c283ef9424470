/** What is known of the work when it is asked why it does not get on. */
import type { SessionTriggers } from '@guildhall/agents';
import type { ApprovalStore } from '@guildhall/authority';
import type { HandoffStore } from '@guildhall/handoffs';
import type { Clock } from '@guildhall/kernel';
import type { FindingView, RoleDefinitionView, Settled } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import type { Schedule } from '@guildhall/schedules';
import type { Turn } from '@guildhall/sessions';
import type { SkillStore } from '@guildhall/skills';

export interface WorkHealthDeps {
  readonly roles: Pick<RoleStore, 'readPlan' | 'blockersOf' | 'readRole' | 'listRoles' | 'readRun' | 'listRuns' | 'readFinding' | 'listFindings'>;
  readonly skills: Pick<SkillStore, 'listSkills' | 'policyInForce'>;
  readonly schedules: { readSchedule(name: string): Promise<Schedule | undefined>; listSchedules(): Promise<readonly Schedule[]> };
  readonly catalogue: () => { resolve(spelling: string): Settled<{ readonly role: string }>; fillerOf(role: string): RoleDefinitionView['filledBy'] };
  readonly hasAgent: (agent: string) => boolean;
  readonly readTurn: (turn: string) => Promise<Turn | undefined>;
  readonly handoffs: {
    readonly store: Pick<HandoffStore, 'readHandoff' | 'listHandoffs' | 'queuedHandoffs' | 'endedHandoffs' | 'listEdges'>;
    readonly approvals: Pick<ApprovalStore, 'readApproval'>;
    readonly triggers: () => SessionTriggers;
    /** Whether a chat is bound to the agent, in which people see what is handed to it. */
    readonly hasChat: (agent: string) => boolean;
  };
  readonly clock: Clock;
}

/** Those who know what stands behind a run or a finding. */
export interface Asking {
  readonly whyTurn: (turn: string) => Promise<readonly FindingView[]>;
  /** Undefined when there is no such task. */
  readonly whyTask: (task: string) => Promise<readonly FindingView[] | undefined>;
}

/** A step that the daemon takes by itself and has not taken for so long is missed, not under way. */
export const missedMs = 60_000;
