import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimOver, judgeTurn, judgeWorker, lanesToFill, quotaPauseMs, workerPatience, type ClaimState, type WorkerState } from '../src/index.ts';
import { aLane } from './situations.ts';

const alive: WorkerState = { kind: 'alive' };
const gone: WorkerState = { kind: 'gone' };
const exited = (code: number): WorkerState => ({ kind: 'exited', code });
const facts = { claim: 'live' as ClaimState, worker: alive, ranMs: 10, maxRuntimeMs: null, overMs: 0, askedMs: null };

describe('lanes to fill', () => {
  const ready = new Map([
    ['factory', 3],
    ['empty', 0],
  ]);
  const runner = { kind: 'command' as const, argv: ['work'] };
  const spawnable = aLane({ name: 'factory', kind: 'spawnable', runner });

  test('are the active spawnable ones with work', () => {
    expect(lanesToFill([spawnable, aLane({ name: 'empty', kind: 'spawnable', runner })], ready, 0)).toEqual(['factory']);
  });

  test.each([
    ['persistent', aLane({ name: 'factory', kind: 'persistent', runner: null })],
    ['drained', { ...spawnable, state: 'drained' as const }],
    ['unregistered', { ...spawnable, state: 'unregistered' as const }],
    ['parked', { ...spawnable, parked: { reason: 'quota', until: 5 } }],
  ])('are never %s', (_name, lane) => {
    expect(lanesToFill([lane], ready, 4)).toEqual([]);
  });

  test('are filled again when the park is over', () => {
    expect(lanesToFill([{ ...spawnable, parked: { reason: 'quota', until: 5 } }], ready, 5)).toEqual(['factory']);
  });
});

describe('a worker', () => {
  test('that lives with its claim is watched', () => {
    expect(judgeWorker(facts)).toEqual({ do: 'watch' });
  });

  test.each([
    [0, 'protocol-violation'],
    [1, 'crashed'],
    [75, 'rate-limited'],
    [137, 'crashed'],
  ])('that exits with %i and leaves its claim failed: %s', (code, outcome) => {
    expect(judgeWorker({ ...facts, worker: exited(code) })).toMatchObject({ do: 'fail', outcome });
  });

  test('that was killed has crashed', () => {
    expect(judgeWorker({ ...facts, worker: gone })).toMatchObject({ do: 'fail', outcome: 'crashed' });
  });

  test('over its time is asked to end, then killed, and its run has timed out, whatever its exit code', () => {
    const late = { ...facts, maxRuntimeMs: 100, ranMs: 100 };
    expect(judgeWorker(late)).toMatchObject({ do: 'ask' });
    expect(judgeWorker({ ...late, askedMs: workerPatience.graceMs - 1 })).toEqual({ do: 'watch' });
    expect(judgeWorker({ ...late, askedMs: workerPatience.graceMs })).toEqual({ do: 'kill' });
    for (const worker of [exited(0), exited(75), gone]) expect(judgeWorker({ ...late, askedMs: 5, worker })).toMatchObject({ outcome: 'timed-out' });
  });

  test('whose claim was taken is asked to end at once; one that finished it may tidy up first', () => {
    expect(judgeWorker({ ...facts, claim: 'taken' })).toMatchObject({ do: 'ask' });
    expect(judgeWorker({ ...facts, claim: 'finished' })).toEqual({ do: 'watch' });
    expect(judgeWorker({ ...facts, claim: 'finished', overMs: workerPatience.lingerMs })).toMatchObject({ do: 'ask' });
  });

  test('never fails a claim that is over, and is forgotten only when it does not live', () => {
    const worker = fc.oneof(fc.constant(alive), fc.constant(gone), fc.integer({ min: 0, max: 255 }).map(exited));
    fc.assert(
      fc.property(
        fc.record({
          claim: fc.constantFrom<ClaimState>('live', 'finished', 'taken'),
          worker,
          ranMs: fc.nat(1e6),
          maxRuntimeMs: fc.option(fc.nat(1e6)),
          overMs: fc.nat(1e6),
          askedMs: fc.option(fc.nat(1e6)),
        }),
        (any) => {
          const step = judgeWorker(any);
          if (step.do === 'fail') expect([any.claim, any.worker.kind === 'alive']).toEqual(['live', false]);
          if (step.do === 'forget') expect([any.claim === 'live', any.worker.kind === 'alive']).toEqual([false, false]);
          if (step.do === 'ask' || step.do === 'kill') expect(any.worker.kind).toBe('alive');
        },
      ),
    );
  });
});

describe('a turn of an agent', () => {
  const turn = { claim: 'live' as ClaimState, turn: { kind: 'active' } as const, ranMs: 10, maxRuntimeMs: null };

  test('is watched while it goes on, and cancelled when its claim was taken or its time is over', () => {
    expect(judgeTurn(turn)).toEqual({ do: 'watch' });
    expect(judgeTurn({ ...turn, claim: 'finished', ranMs: 100, maxRuntimeMs: 50 })).toEqual({ do: 'watch' });
    expect(judgeTurn({ ...turn, claim: 'taken' })).toEqual({ do: 'cancel' });
    expect(judgeTurn({ ...turn, ranMs: 100, maxRuntimeMs: 50 })).toEqual({ do: 'cancel' });
  });

  test('that answers without ending the task broke the rule, and its answer is kept', () => {
    const step = judgeTurn({ ...turn, turn: { kind: 'answered', text: 'All done!' } });
    expect(step).toMatchObject({ do: 'fail', outcome: 'protocol-violation', reason: expect.stringContaining('All done!') });
  });

  test('that failed has crashed; one that a person stopped is not begun again by itself', () => {
    expect(judgeTurn({ ...turn, turn: { kind: 'failed', reason: 'no model' } })).toMatchObject({ do: 'fail', outcome: 'crashed' });
    expect(judgeTurn({ ...turn, turn: { kind: 'cancelled', reason: 'operator' } })).toMatchObject({ do: 'ask-person' });
    expect(judgeTurn({ ...turn, ranMs: 9, maxRuntimeMs: 5, turn: { kind: 'cancelled', reason: 'dispatcher' } })).toMatchObject({ outcome: 'timed-out' });
  });

  test('that ended its claim itself is forgotten', () => {
    expect(judgeTurn({ ...turn, claim: 'finished', turn: { kind: 'answered', text: 'Done.' } })).toEqual({ do: 'forget' });
  });
});

test('a claim that lapsed counts as taken, one that its worker ended as finished', () => {
  expect(
    [null, 'completed', 'blocked', 'released', 'reclaimed', 'timed-out', 'cancelled'].map((outcome) => claimOver(outcome as Parameters<typeof claimOver>[0])),
  ).toEqual(['taken', 'finished', 'finished', 'finished', 'taken', 'taken', 'taken']);
});

test('the pause after each limit in a row grows from a minute to an hour', () => {
  expect([1, 2, 3, 7, 50].map(quotaPauseMs)).toEqual([60_000, 120_000, 240_000, 3_600_000, 3_600_000]);
});
