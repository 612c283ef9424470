import type { ApprovalStore } from '@guildhall/authority';
import type { HandoffStore } from '@guildhall/handoffs';
import type { Clock, Ids } from '@guildhall/kernel';
import type { PolicyLayer } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import type { SessionRunner, SessionStore } from '@guildhall/sessions';
import type { EndpointDeps } from '../../handoffs/find-endpoint.ts';

/** What stands behind every verb of handoffs. */
export interface HandoffDeps extends EndpointDeps {
  readonly store: HandoffStore;
  readonly roleStore: Pick<RoleStore, 'readPlan' | 'readRole' | 'openRole' | 'assignRole'>;
  readonly sessions: SessionStore;
  readonly approvals: Pick<ApprovalStore, 'readApproval'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly runner: () => SessionRunner;
  readonly isDraining: () => boolean;
  /** The agent's own policy. */
  readonly policyOf: (agent: string) => readonly PolicyLayer[];
  /** Resolves when something may have happened to the handoff; a hint. */
  readonly handoffHint: (id: string, signal: AbortSignal) => Promise<void>;
  /** Resolves when a turn of the session may have ended; a hint. */
  readonly turnHint: (sessionKey: string, signal: AbortSignal) => Promise<void>;
}
