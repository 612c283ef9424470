/**
 * The one kind of ownership. A **lease** gives one holder the exclusive right to a named thing until it lapses. Every acquisition raises the **fencing
 * epoch**; every write made under the lease carries the epoch and is checked in the same statement, so a holder that was paused past its lease changes nothing.
 *
 * Names: `session:<key>` (a turn), `claim:<task>`, `cron:<slot>`, `channel:<account>`, `node:<id>` …
 */
import type { Settled } from '@guildhall/protocol';

/** What a write carries to prove that its holder still holds. */
export interface Fence {
  readonly lease: string;
  readonly epoch: number;
}

export interface Lease extends Fence {
  readonly holder: string;
  /** Lease time (see the store): never compared with a wall clock. */
  readonly expiresAt: number;
}

export interface LeaseStore {
  /** Takes a free or lapsed lease, with an epoch one higher than ever before. `lease-held` names the holder. Taking what one holds already is refused too. */
  acquireLease(name: string, holder: string, ttlMs: number): Promise<Settled<Lease>>;
  /** Extends it by `ttlMs` from now. `stale-claim` when it lapsed or passed on. */
  renewLease(fence: Fence, ttlMs: number): Promise<Settled<Lease>>;
  /** Gives it back. `stale-claim` when it was no longer held; nothing changes then. */
  releaseLease(fence: Fence): Promise<Settled<null>>;
  readLease(name: string): Promise<Lease | undefined>;
  /** Leases that lapsed and were not taken since, oldest first. */
  lapsedLeases(prefix: string, limit: number): Promise<readonly Lease[]>;
}

/** The refusal for a write whose fence no longer holds. */
export function staleFence(fence: Fence): {
  readonly ok: false;
  readonly refusal: { readonly code: 'stale-claim'; readonly message: string; readonly details: { readonly lease: string; readonly epoch: number } };
} {
  return {
    ok: false,
    refusal: {
      code: 'stale-claim',
      message: `the lease on ${fence.lease} with epoch ${fence.epoch} has lapsed or passed to another holder; stop, and take the work again if it is still open`,
      details: { lease: fence.lease, epoch: fence.epoch },
    },
  };
}
