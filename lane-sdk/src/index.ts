export { openLane } from './lane.ts';
export type { ClaimOptions, Lane, LaneOptions, WorkOptions } from './lane.ts';
export type { Claim, Finish } from './claim.ts';
export { LaneRefusal } from './wire.ts';
