/**
 * A lane: an identity that may claim the tasks assigned to it. A `persistent` lane asks for work itself and is never started by us; a `spawnable` one has a runner that is
 * started for each task. One lane may be many processes: its capacity says how many tasks it may hold at once, counted from live leases only, so that nothing dead starves it.
 *
 * States: active → drained (takes nothing new until resumed) · active → parked (quota, login or too many failures; ends by itself when it has a time) · unregistered (final; the name
 * may be registered again). What a lane holds keeps running through drain and park, and goes back to the board when it is unregistered.
 */
import type { ClaimMode, LaneKind } from '@guildhall/protocol';
import { laneHolder } from './claim.ts';

/** `command`: a program started for each task. `agent`: a turn of that agent. */
export type LaneRunner = { readonly kind: 'command'; readonly argv: readonly string[] } | { readonly kind: 'agent'; readonly agent: string };

export interface Lane {
  readonly name: string;
  readonly kind: LaneKind;
  readonly claimMode: ClaimMode;
  readonly capacity: number;
  readonly labels: readonly string[];
  readonly description: string;
  readonly leaseMs: number;
  /** Null for a persistent lane. */
  readonly runner: LaneRunner | null;
  readonly state: 'active' | 'drained' | 'unregistered';
  /** A parked lane is active again by itself when `until` has passed (wall clock). */
  readonly parked: { readonly reason: string; readonly until: number | null } | null;
  /** Failed runs in a row, over all tasks. */
  readonly failureStreak: number;
  readonly credentialId: string | null;
  readonly version: string;
  readonly registeredAt: number;
  readonly lastSeenAt: number | null;
}

/** Failed runs in a row after which a lane is parked, and for how long: whatever is wrong with it would burn the attempts of every task. */
export const laneBreaker = { failures: 5, parkMs: 10 * 60_000 } as const;

/** May it take a task now? The capacity is counted where the claim is made. */
export function mayTake(lane: Lane, now: number): boolean {
  return lane.state === 'active' && !isParked(lane, now);
}

export function isParked(lane: Lane, now: number): boolean {
  return lane.parked !== null && (lane.parked.until === null || lane.parked.until > now);
}

/** People are lanes too: tasks assigned to `operator` are claimed with the operator's credential. Made with every installation. */
export const operatorLane = 'operator';

/** Who acts when a lane does, as the journal has it. */
export function laneActor(lane: string): string {
  return lane === operatorLane ? operatorLane : laneHolder(lane);
}
