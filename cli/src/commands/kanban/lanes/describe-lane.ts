import type { LaneView } from '@guildhall/protocol';
import type { Screen } from '../../../terminal/screen.ts';
import { joinShown, show, type PaintName, type Shown } from '../../../terminal/shown.ts';
import { relativeTime, timeSpan } from '../../../terminal/words.ts';

export const statePaint: { readonly [state in LaneView['state']]: PaintName } = { active: 'green', drained: 'yellow', parked: 'yellow', unregistered: 'dim' };

/** `parked until in 5 min: the quota is used up`. */
export function stateOf(lane: LaneView, now: number): string {
  if (lane.parked === null) return lane.state;
  const until = lane.parked.until === null ? '' : `, again ${relativeTime(lane.parked.until, now)}`;
  return `${lane.state}: ${lane.parked.reason}${until}`;
}

export function lastSeen(lane: LaneView, now: number): string {
  if (lane.waiting > 0) return 'waits now';
  return lane.lastSeenAt === null ? 'never' : relativeTime(lane.lastSeenAt, now);
}

export function describeLane({ paint, now }: Screen, lane: LaneView): Shown {
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(10))} ${value}`;
  const work = lane.kind === 'persistent' ? 'takes its tasks itself' : 'is started for each task';
  return joinShown([
    show`${paint('bold', lane.name)}  ${paint(statePaint[lane.state], stateOf(lane, now))}`,
    ...(lane.description === '' ? [] : [row('is', lane.description)]),
    row('kind', `${lane.kind}: ${work}`),
    row('claims', show`${lane.claimMode}; may change only what it has claimed, while it holds it`),
    ...(lane.agent === null ? [] : [row('agent', lane.agent)]),
    ...(lane.command === null ? [] : [row('runs', lane.command.join(' '))]),
    row('holds', show`${lane.held} of at most ${lane.capacity}; ${lane.ready} ready for it`),
    row('lease', show`${timeSpan(lane.leaseMs)} without a heartbeat`),
    ...(lane.labels.length === 0 ? [] : [row('labels', lane.labels.join(', '))]),
    row('seen', show`${lastSeen(lane, now)}${lane.version === '' ? '' : `, version ${lane.version}`}`),
    row('since', relativeTime(lane.registeredAt, now)),
  ]);
}
