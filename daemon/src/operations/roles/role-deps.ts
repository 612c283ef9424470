import type { ChainLimits, PolicyLayer, PlanBundle, Settled } from '@guildhall/protocol';
import type { Clock, Ids } from '@guildhall/kernel';
import type { RoleStore } from '@guildhall/roles';
import type { SessionRunner, SessionStore } from '@guildhall/sessions';
import type { SkillStore } from '@guildhall/skills';
import type { Roles } from '../../roles/role-catalogue.ts';

/** What stands behind every verb of plans, roles and findings. */
export interface RoleDeps {
  readonly store: RoleStore;
  readonly skills: Pick<SkillStore, 'evidenceOfTurn'>;
  readonly sessions: SessionStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Absolute path. */
  readonly home: string;
  readonly roles: () => Roles;
  readonly runner: () => SessionRunner;
  readonly isDraining: () => boolean;
  readonly maxQueued: () => number;
  /** What a chain that begins here is held to. */
  readonly chainLimits: () => ChainLimits;
  readonly compactAtTokens: () => number;
  readonly hasAgent: (agent: string) => boolean;
  readonly modelOf: (agent: string) => string | null;
  /** The agent's own policy. */
  readonly policyOf: (agent: string) => readonly PolicyLayer[];
  /** Resolves when something may have happened in the plan; a hint. */
  readonly planHint: (plan: string, signal: AbortSignal) => Promise<void>;
  /** Resolves when a turn of the session may have ended; a hint. */
  readonly turnHint: (sessionKey: string, signal: AbortSignal) => Promise<void>;
  readonly exportPlan: (plan: string) => Promise<Settled<PlanBundle>>;
}
