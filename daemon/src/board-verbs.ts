/** The board as everybody in the daemon asks for it: the doors, and through their tools the agents. */
import type { BoardOperations } from './board-operations.ts';
import { chainLimitsOf } from './chain-limits.ts';
import type { Foundation } from './foundation.ts';
import type { JournalTail } from './journal-tail.ts';
import { boardOperations } from './operations/board/board-operations.ts';
import { createClaimCredentials, type ClaimCredentials } from './operations/board/claim-credentials.ts';
import type { WaitingClaims } from './waiting-claims.ts';
import type { TaskWorktrees } from './workspaces/task-worktree.ts';

export interface BoardVerbs {
  readonly operations: BoardOperations;
  readonly claims: ClaimCredentials;
  readonly revocations: Revocations;
}

/** Credentials that ended before their time; told at once, and again by the journal. */
interface Revocations {
  tell(credentialId: string): void;
  onRevoked(listener: (credentialId: string) => void): () => void;
}

export function openBoardVerbs(parts: {
  readonly foundation: Foundation;
  readonly home: string;
  readonly tail: JournalTail;
  readonly waiting: WaitingClaims;
  readonly worktrees: TaskWorktrees;
  readonly isDraining: () => boolean;
}): BoardVerbs {
  const { store, clock, ids, installationKey, config } = parts.foundation;
  const claims = createClaimCredentials(store.board);
  const revocations = createRevocations(parts.tail);
  const operations = boardOperations({
    store: store.board,
    journal: store.journal,
    clock,
    ids,
    home: parts.home,
    databaseFile: store.place.kind === 'sqlite' ? store.place.location : undefined,
    installationKey,
    waiting: parts.waiting,
    worktrees: parts.worktrees,
    credentials: claims,
    chainLimits: () => chainLimitsOf(config.current()),
    isDraining: parts.isDraining,
    revoked: revocations.tell,
  });
  return { operations, claims, revocations };
}

function createRevocations(tail: JournalTail): Revocations {
  const listeners = new Set<(credentialId: string) => void>();
  const tell = (id: string) => {
    for (const listener of listeners) listener(id);
  };
  tail.on(['credential.revoked'], (event) => {
    const id = event.data?.['id'];
    if (typeof id === 'string') tell(id);
  });
  return {
    tell,
    onRevoked(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
