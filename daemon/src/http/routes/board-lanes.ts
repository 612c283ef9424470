/** Lanes: who may take tasks, and what happens that concerns one. */
import { z } from 'zod';
import { done, eventView, laneRequest, laneView, parkRequest, refuse, registeredLane } from '@guildhall/protocol';
import type { BoardCaller, BoardOperations } from '../../board-operations.ts';
import { concernsLane } from '../../operations/board/lane-events.ts';
import { boardCaller } from '../board-caller.ts';
import { endpoint, freeEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import type { JournalFeed } from '../journal-feed.ts';
import { cursor, id, limit } from './queries.ts';

type Names =
  | 'get /v1/lanes'
  | 'post /v1/lanes'
  | 'get /v1/lanes/{lane}'
  | 'delete /v1/lanes/{lane}'
  | 'get /v1/lanes/{lane}/watch'
  | 'post /v1/lanes/{lane}/rotate-token'
  | 'post /v1/lanes/{lane}/drain'
  | 'post /v1/lanes/{lane}/resume'
  | 'post /v1/lanes/{lane}/park';

const byLane = z.strictObject({ lane: id });
const eventPage = z.object({ events: z.array(eventView), cursor: z.string() });

export function laneEndpoints(board: BoardOperations, feed: JournalFeed): Pick<Endpoints, Names> {
  const toLane = (work: (lane: string, by: BoardCaller) => ReturnType<BoardOperations['drainLane']>) =>
    endpoint({ params: byLane, answer: laneView, work: ({ params }, call) => work(params.lane, boardCaller(call)) });
  return {
    'get /v1/lanes': endpoint({ answer: z.array(laneView), work: async () => done(await board.listLanes()) }),
    'post /v1/lanes': endpoint({
      body: laneRequest,
      answer: registeredLane,
      status: 201,
      showsOnce: true,
      work: ({ body }, call) => board.registerLane(body, boardCaller(call)),
    }),
    'get /v1/lanes/{lane}': toLane(board.readLane),
    'delete /v1/lanes/{lane}': toLane(board.unregisterLane),
    'get /v1/lanes/{lane}/watch': watchEndpoint(board, feed),
    'post /v1/lanes/{lane}/rotate-token': endpoint({
      params: byLane,
      answer: registeredLane,
      showsOnce: true,
      work: ({ params }, call) => board.rotateLaneToken(params.lane, boardCaller(call)),
    }),
    'post /v1/lanes/{lane}/drain': toLane(board.drainLane),
    'post /v1/lanes/{lane}/resume': toLane(board.resumeLane),
    'post /v1/lanes/{lane}/park': endpoint({
      params: byLane,
      body: parkRequest,
      answer: laneView,
      work: ({ params, body }, call) => board.parkLane(params.lane, body, boardCaller(call)),
    }),
  };
}

function watchEndpoint(board: BoardOperations, feed: JournalFeed) {
  return freeEndpoint({
    params: byLane,
    query: z.strictObject({ after: cursor.optional(), limit: limit(100, 500) }),
    answer: { status: 200, content: { 'application/json': eventPage, 'text/event-stream': undefined } },
    work: async ({ params, query }, call) => {
      const lane = await board.readLane(params.lane, boardCaller(call));
      if (!lane.ok) return lane;
      if (lane.value.claimMode === 'pull' && call.by.scopes.includes(`lane:${params.lane}`)) return pullsOnly(params.lane);
      const after = query.after ?? call.header('last-event-id') ?? '';
      if (call.header('accept')?.includes('text/event-stream') === true)
        return feed.follow(after, undefined, call, (event) => concernsLane(event, params.lane));
      const page = await board.readLaneEvents(params.lane, after, query.limit, boardCaller(call));
      return page.ok ? done({ kind: 'json', status: 200, body: page.value }) : page;
    },
  });
}

function pullsOnly(lane: string) {
  return refuse('wrong-state', `the lane ${lane} asks for its work (claim mode "pull"): claim with waitMs, or register it with --claim-mode pull-or-watch`);
}
