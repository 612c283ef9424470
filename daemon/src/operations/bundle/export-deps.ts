/** What a plan is exported from. */
import type { ApprovalStore } from '@guildhall/authority';
import type { Clock, JournalStore } from '@guildhall/kernel';
import type { RoleStore } from '@guildhall/roles';
import type { SkillStore } from '@guildhall/skills';
import type { RoleOperations } from '../../role-operations.ts';

export interface ExportDeps {
  readonly operations: () => Pick<RoleOperations, 'readPlan' | 'listRoleDefinitions' | 'listRoleSessions' | 'readRun' | 'listFindings' | 'readArtifact'>;
  readonly store: Pick<RoleStore, 'planFacts' | 'readPackets' | 'incarnationsOf'>;
  readonly skills: Pick<SkillStore, 'readPolicy'>;
  readonly approvals: Pick<ApprovalStore, 'listApprovals'>;
  readonly journal: Pick<JournalStore, 'readEvents'>;
  readonly clock: Clock;
  /** What the configuration says is secret, as it is now. */
  readonly secrets: () => readonly string[];
}
