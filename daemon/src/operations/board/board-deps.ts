import type { BoardStore } from '@guildhall/board';
import type { ChainLimits } from '@guildhall/protocol';
import type { Clock, Ids, JournalStore } from '@guildhall/kernel';
import type { WaitingClaims } from '../../waiting-claims.ts';
import type { TaskWorktrees } from '../../workspaces/task-worktree.ts';
import type { ClaimCredentials } from './claim-credentials.ts';

/** What stands behind every verb of the board. */
export interface BoardDeps {
  readonly store: BoardStore;
  readonly journal: JournalStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Absolute path; no task works in there. */
  readonly home: string;
  /** The database of this daemon, where it is a file. */
  readonly databaseFile: string | undefined;
  /** What the tokens of claims are derived with. */
  readonly installationKey: string;
  readonly waiting: WaitingClaims;
  readonly worktrees: TaskWorktrees;
  readonly credentials: ClaimCredentials;
  /** What a chain that begins with a task is held to. */
  readonly chainLimits: () => ChainLimits;
  readonly isDraining: () => boolean;
  /** Tells open connections at once. */
  readonly revoked: (credentialId: string) => void;
}
