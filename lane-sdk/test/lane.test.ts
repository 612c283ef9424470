/** A lane's own side: lost answers, a daemon that is away, claims that pass on, work that fails. */
import { afterEach, describe, expect, test } from 'vitest';
import { LaneRefusal, openLane, type Claim } from '../src/index.ts';
import { claimed, refused, startDaemonDouble, type Answer, type Asked, type DaemonDouble } from './daemon-double.ts';

let daemon: DaemonDouble | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

async function laneOf(answer: (asked: Asked, earlier: number) => Answer) {
  daemon = await startDaemonDouble(answer);
  return { lane: openLane({ url: `${daemon.url}/`, token: 'ghlane_secret', lane: 'factory', version: 'test 1' }), asked: daemon.asked };
}

const isClaim = ({ path }: Asked) => path.startsWith('/v1/lanes/');
const verb = ({ path }: Asked) => path.split('/').at(-1) ?? '';

/** Answers a claim for `task` once, later ones with nothing. */
function oneTask(leaseMs: number, other: (asked: Asked, earlier: number) => Answer = () => ({ status: 200, body: { id: 't1', status: 'done' } })) {
  return (asked: Asked, earlier: number): Answer => {
    if (!isClaim(asked)) return other(asked, earlier);
    return earlier === 0 ? claimed('t1', leaseMs) : 'silence';
  };
}

describe('claiming', () => {
  test('asks as the lane, and finishes with the token of the claim', async () => {
    const { lane, asked } = await laneOf(oneTask(60_000));
    const claim = await lane.claim({ waitMs: 5_000, board: 'default' });
    await claim?.complete({ summary: 'done', evidence: [{ kind: 'note', text: 'seen' }] });
    expect(asked[0]).toMatchObject({ path: '/v1/lanes/factory/claims?waitMs=5000', authorization: 'Bearer ghlane_secret', claimToken: undefined });
    expect(asked[0]?.body).toMatchObject({ board: 'default', version: 'test 1', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/u) });
    expect(asked[1]).toMatchObject({ path: '/v1/tasks/t1/complete', claimToken: 'ghclaim_t1', once: 'run_t1.complete' });
    expect(asked[1]?.body).toEqual({ summary: 'done', evidence: [{ kind: 'note', text: 'seen' }], runId: 'run_t1' });
  });

  test('nothing within the wait is undefined', async () => {
    const { lane } = await laneOf(() => ({ status: 204 }));
    expect(await lane.claim()).toBeUndefined();
  });

  test('a lost answer is asked for again under the same request id', async () => {
    const { lane, asked } = await laneOf((_, earlier) => (earlier === 0 ? 'hang-up' : claimed('t1', 60_000)));
    const claim = await lane.claim();
    expect(claim?.task.id).toBe('t1');
    expect(asked).toHaveLength(2);
    expect(asked[1]?.body['requestId']).toBe(asked[0]?.body['requestId']);
  });

  test('a daemon that drains is asked again; a refusal is thrown with its code', async () => {
    const { lane, asked } = await laneOf((_, earlier) => (earlier === 0 ? refused(503, 'draining') : refused(409, 'wrong-state')));
    await expect(lane.claim()).rejects.toMatchObject({ name: 'LaneRefusal', code: 'wrong-state', status: 409, message: 'refused: wrong-state' });
    expect(asked).toHaveLength(2);
  });

  test('a lane whose capacity is used up hears so at once', async () => {
    const { lane, asked } = await laneOf(() => refused(429, 'limit-reached'));
    await expect(lane.claim()).rejects.toBeInstanceOf(LaneRefusal);
    expect(asked).toHaveLength(1);
  });
});

describe('a claim that is held', () => {
  test('is kept alive in the background, three beats to a lease', async () => {
    const { lane, asked } = await laneOf(oneTask(300, () => ({ status: 200, body: { expiresAt: 0, expiresInMs: 300 } })));
    const claim = await lane.claim();
    await expect.poll(() => asked.filter((one) => verb(one) === 'heartbeat').length, { timeout: 10_000 }).toBeGreaterThanOrEqual(4);
    expect(claim?.signal.aborted).toBe(false);
  });

  test('aborts its signal when it has passed on', async () => {
    const { lane } = await laneOf(oneTask(300, () => refused(409, 'stale-claim')));
    const claim = await lane.claim();
    await expect.poll(() => claim?.signal.aborted, { timeout: 10_000 }).toBe(true);
    expect(claim?.signal.reason).toMatchObject({ code: 'stale-claim' });
  });

  test('aborts its signal when the daemon stays away longer than the lease', async () => {
    const { lane } = await laneOf(oneTask(300, () => 'hang-up'));
    const claim = await lane.claim();
    await expect.poll(() => claim?.signal.aborted, { timeout: 10_000 }).toBe(true);
  });

  test('a finish whose answer was lost is sent again, as the same finish', async () => {
    const { lane, asked } = await laneOf(oneTask(60_000, (_, earlier) => (earlier === 0 ? 'hang-up' : { status: 200, body: { id: 't1', status: 'done' } })));
    const claim = await lane.claim();
    expect(await claim?.complete({ summary: 'done' })).toMatchObject({ status: 'done' });
    expect(asked.slice(1).map(({ once }) => once)).toEqual(['run_t1.complete', 'run_t1.complete']);
  });
});

describe('working', () => {
  const worked = async (work: (claim: Claim) => Promise<undefined>, other?: Parameters<typeof oneTask>[1]) => {
    const { lane, asked } = await laneOf(oneTask(60_000, other));
    const stop = new AbortController();
    const troubles: unknown[] = [];
    const loop = lane.work(work, { signal: stop.signal, onTrouble: (error) => troubles.push(error) });
    return { asked, stop, troubles, loop };
  };

  test('says how the work ended, and asks for more', async () => {
    const { lane, asked } = await laneOf(oneTask(60_000));
    const stop = new AbortController();
    const loop = lane.work(async ({ task }) => ({ as: 'complete', summary: `did ${task.title}` }), { signal: stop.signal });
    await expect.poll(() => asked.filter(isClaim).length, { timeout: 10_000 }).toBe(2);
    expect(asked.map(verb)).toContain('complete');
    stop.abort();
    await loop;
  });

  test('work that throws is a transient block with the message', async () => {
    const { asked, stop, troubles, loop } = await worked(async () => {
      throw new Error('the disk is full');
    });
    await expect.poll(() => asked.find((one) => verb(one) === 'block')?.body, { timeout: 10_000 }).toEqual({ kind: 'transient', reason: 'the disk is full' });
    stop.abort();
    await loop;
    expect(troubles).toMatchObject([{ message: 'the disk is full' }]);
  });

  test('stopping gives back what is being worked on', async () => {
    const { asked, stop, loop } = await worked(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
    );
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(1);
    stop.abort();
    await loop;
    expect(asked.at(-1)).toMatchObject({ path: '/v1/tasks/t1/release', body: { reason: 'the lane was stopped' } });
  });

  test('a claim that passed on is let go without a word', async () => {
    const { asked, stop, loop } = await worked(
      async (claim) => {
        await claim.heartbeat({ note: 'still here' });
        return undefined;
      },
      () => refused(409, 'stale-claim'),
    );
    await expect.poll(() => asked.filter(isClaim).length, { timeout: 10_000 }).toBe(2);
    expect(asked.filter((one) => !isClaim(one)).map(verb)).toEqual(['heartbeat']);
    stop.abort();
    await loop;
  });
});
