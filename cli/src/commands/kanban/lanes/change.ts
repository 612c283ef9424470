/** Whether a lane takes tasks, and its end. */
import { z } from 'zod';
import { done, laneView, parkRequest, refuse, type JsonObject, type LaneView, type Settled } from '@guildhall/protocol';
import type { RoutePath } from '../../../http/daemon-client.ts';
import { duration, readInput } from '../../../input.ts';
import { show, type Shown } from '../../../terminal/shown.ts';
import type { Answer, Call, RunVerb } from '../../../verb.ts';
import { makeRequest } from '../../../http/request-body.ts';
import { stateOf } from './describe-lane.ts';

const input = z.object({ name: z.string().min(1) });

export const drainLane = change(
  'post',
  '/v1/lanes/{lane}/drain',
  (lane) => show`The lane ${lane.name} takes nothing new; it holds ${lane.held}. Again with: guildhall kanban lanes resume ${lane.name}`,
);
export const resumeLane = change('post', '/v1/lanes/{lane}/resume', (lane) => show`The lane ${lane.name} takes tasks again; ${lane.ready} ready for it.`);
export const unregisterLane = change(
  'delete',
  '/v1/lanes/{lane}',
  (lane) => show`The lane ${lane.name} is unregistered: its token has ended and what it held is back on the board.`,
);

const parkInput = z.object({ name: z.string().min(1), reason: z.string().optional(), for: duration.optional() });

export const parkLane: RunVerb = async (call) => {
  const options = readInput(call, parkInput);
  if (!options.ok) return options;
  const { name, reason, for: seconds } = options.value;
  if (reason === undefined)
    return refuse('invalid-input', `Why? Say it with --reason: guildhall kanban lanes park ${name} --reason "the quota is used up" --for 30m`);
  const body = makeRequest(parkRequest, { reason, forMs: seconds === undefined ? undefined : seconds * 1000 });
  if (!body.ok) return body;
  return changeLane(
    call,
    'post',
    '/v1/lanes/{lane}/park',
    name,
    body.value,
    (lane) => show`The lane ${lane.name} is ${stateOf(lane, call.output.screen.now)}.`,
  );
};

function change(method: 'post' | 'delete', path: RoutePath, say: (lane: LaneView) => Shown): RunVerb {
  return async (call) => {
    const options = readInput(call, input);
    return options.ok ? changeLane(call, method, path, options.value.name, method === 'post' ? {} : undefined, say) : options;
  };
}

async function changeLane(
  call: Call,
  method: 'post' | 'delete',
  path: RoutePath,
  name: string,
  body: JsonObject | undefined,
  say: (lane: LaneView) => Shown,
): Promise<Settled<Answer>> {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const lane = await daemon.value.ask(method, path, laneView, { params: { lane: name }, ...(body === undefined ? {} : { body }) });
  return lane.ok ? done({ json: lane.value, text: () => say(lane.value) }) : lane;
}
