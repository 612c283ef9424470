/** Somebody who follows the board's events and is cut off again and again sees each of them once, in order. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startBoardWorld, type BoardWorld } from './board-world.ts';

const cuts = 1000;
const stream = 'board:default';

let world: BoardWorld;
beforeAll(async () => {
  world = await startBoardWorld();
});
afterAll(() => world.stop());

interface Seen {
  readonly cursor: string;
  readonly seq: number;
}

const event = z.object({ seq: z.number(), stream: z.literal(stream) });

/** Reads from behind `after` until `most` whole events came or nothing more comes for a while, then hangs up in the middle of whatever else was sent. */
function follow(after: string, most: number): Promise<readonly Seen[]> {
  return new Promise((resolve, reject) => {
    const seen: Seen[] = [];
    let rest = '';
    const daemon = world.daemon();
    const opened = request(`${daemon.url}/v1/events?stream=${encodeURIComponent(stream)}`, {
      headers: { authorization: `Bearer ${daemon.token}`, accept: 'text/event-stream', ...(after === '' ? {} : { 'last-event-id': after }) },
    });
    const finish = () => {
      opened.destroy();
      resolve(seen.slice(0, most));
    };
    opened.setTimeout(5_000, finish);
    opened.on('error', (error) => (seen.length >= most ? undefined : reject(error)));
    opened.on('response', (response) => {
      response.on('error', () => undefined);
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) {
          const cursor = /^id: (.*)$/mu.exec(frame)?.[1];
          const data = /^data: (.*)$/mu.exec(frame)?.[1];
          if (cursor !== undefined && data !== undefined) seen.push({ cursor, seq: event.parse(JSON.parse(data)).seq });
        }
        if (seen.length >= most) finish();
      });
    });
    opened.end();
  });
}

test('cut and resumed a thousand times while lanes work, every event is seen once and in order', { timeout: 240_000 }, async () => {
  const lanes = await Promise.all(Array.from({ length: 4 }, (_, index) => world.registerLane(`lane-${index}`)));
  let working = true;
  const load = lanes.map(async (lane, index) => {
    while (working) {
      await world.createTask({ title: `Load ${index}`, assignee: lane.name });
      const claim = await lane.claim();
      if (claim === undefined) continue;
      await lane.ask('POST', `/v1/tasks/${claim.task.id}/heartbeat`, { note: 'half' }, claim.claim.token);
      await lane.ask('POST', `/v1/tasks/${claim.task.id}/complete`, { summary: 'done' }, claim.claim.token);
    }
  });
  const seen: Seen[] = [];
  try {
    for (let cut = 0; cut < cuts; cut += 1) seen.push(...(await follow(seen.at(-1)?.cursor ?? '', 1 + (cut % 3))));
  } finally {
    working = false;
    await Promise.all(load);
  }
  seen.push(...(await follow(seen.at(-1)?.cursor ?? '', Number.POSITIVE_INFINITY)));
  const { seq } = z.object({ seq: z.number() }).parse(await lastEvent());
  expect(seen.length).toBeGreaterThan(cuts);
  expect(seen.map((one) => one.seq)).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
});

/** The newest event of the stream, read page by page as JSON. */
async function lastEvent(): Promise<unknown> {
  let last: unknown;
  for (let after = ''; ;) {
    const page = z
      .object({ events: z.array(z.object({ cursor: z.string() }).loose()) })
      .parse(
        await world.operator('GET', `/v1/events?stream=${encodeURIComponent(stream)}&limit=500${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`),
      );
    const newest = page.events.at(-1);
    if (newest === undefined) return last;
    last = newest;
    after = newest.cursor;
  }
}
