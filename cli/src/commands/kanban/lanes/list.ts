import { z } from 'zod';
import { done, laneView, type LaneView } from '@guildhall/protocol';
import { readInput } from '../../../input.ts';
import { show } from '../../../terminal/shown.ts';
import { renderTable, type Column } from '../../../terminal/table.ts';
import type { RunVerb } from '../../../verb.ts';
import { describeLane, lastSeen, stateOf, statePaint } from './describe-lane.ts';

export const listLanes: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const lanes = await daemon.value.ask('get', '/v1/lanes', z.array(laneView));
  if (!lanes.ok) return lanes;
  const { now } = call.output.screen;
  const columns: readonly Column<LaneView>[] = [
    { title: 'LANE', cell: (lane) => lane.name, paint: () => 'bold' },
    { title: 'KIND', cell: (lane) => (lane.agent === null ? lane.kind : `agent ${lane.agent}`) },
    { title: 'STATE', cell: (lane) => stateOf(lane, now), paint: (lane) => statePaint[lane.state], shrinks: true },
    { title: 'HOLDS', cell: (lane) => `${lane.held}/${lane.capacity}`, align: 'right' },
    { title: 'READY', cell: (lane) => String(lane.ready), align: 'right' },
    { title: 'SEEN', cell: (lane) => lastSeen(lane, now) },
    { title: 'LABELS', cell: (lane) => lane.labels.join(', '), shrinks: true },
    { title: 'DESCRIPTION', cell: (lane) => lane.description, shrinks: true },
  ];
  return done({
    json: lanes.value,
    text: () =>
      lanes.value.length === 0
        ? show`No lanes yet. Register one: guildhall kanban lanes register factory --kind persistent`
        : renderTable(call.output.screen, columns, lanes.value),
  });
};

const input = z.object({ name: z.string().min(1) });

export const showLane: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const lane = await daemon.value.ask('get', '/v1/lanes/{lane}', laneView, { params: { lane: options.value.name } });
  return lane.ok ? done({ json: lane.value, text: () => describeLane(call.output.screen, lane.value) }) : lane;
};
