import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakerAfter, type BreakerRecord, breakerState } from '../src/index.ts';

const rules = { failures: 3, restMs: 1000 };
const fresh: BreakerRecord = { failures: 0, openedLease: null, probe: null };

function afterFailures(count: number, at: number): BreakerRecord {
  let edge = fresh;
  for (let n = 0; n < count; n += 1) edge = breakerAfter(edge, 'badly', at, rules);
  return edge;
}

describe('the breaker of an edge', () => {
  test('stays closed below so many failures in a row, and one success begins the count anew', () => {
    expect(breakerState(afterFailures(2, 5), 5, rules)).toEqual({ failures: 2, state: 'closed', opensInMs: 0 });
    const mended = breakerAfter(breakerAfter(afterFailures(2, 5), 'well', 6, rules), 'badly', 7, rules);
    expect(breakerState(mended, 8, rules)).toMatchObject({ failures: 1, state: 'closed' });
  });

  test('opens at the last of them, rests, and lets one try', () => {
    const edge = afterFailures(3, 100);
    expect(breakerState(edge, 100, rules)).toEqual({ failures: 3, state: 'open', opensInMs: 1000 });
    expect(breakerState(edge, 1099, rules)).toEqual({ failures: 3, state: 'open', opensInMs: 1 });
    expect(breakerState(edge, 1100, rules)).toEqual({ failures: 3, state: 'half-open', opensInMs: 0 });
    expect(breakerState({ ...edge, probe: 'ho_1' }, 1100, rules)).toEqual({ failures: 3, state: 'open', opensInMs: 0 });
  });

  test('closes when the one that tried succeeds, and rests anew when it fails', () => {
    const trying = { ...afterFailures(3, 100), probe: 'ho_1' };
    expect(breakerAfter(trying, 'well', 2000, rules)).toEqual(fresh);
    const again = breakerAfter(trying, 'badly', 2000, rules);
    expect(again).toEqual({ failures: 4, openedLease: 2000, probe: null });
    expect(breakerState(again, 2999, rules).state).toBe('open');
  });

  test('follows rules that changed since it opened', () => {
    expect(breakerState(afterFailures(3, 100), 200, { failures: 4, restMs: 1000 }).state).toBe('closed');
    expect(breakerState(afterFailures(3, 100), 200, { failures: 3, restMs: 50 }).state).toBe('half-open');
  });

  test('never lets one through while it rests, whatever happened before', () => {
    const end = fc.record({ how: fc.constantFrom('well' as const, 'badly' as const), after: fc.integer({ min: 0, max: 1500 }) });
    fc.assert(
      fc.property(fc.array(end, { maxLength: 20 }), fc.integer({ min: 0, max: 2000 }), (ends, later) => {
        let [edge, now, row] = [fresh, 0, 0];
        for (const { how, after } of ends) {
          now += after;
          edge = breakerAfter(edge, how, now, rules);
          row = how === 'well' ? 0 : row + 1;
        }
        const { state, failures } = breakerState(edge, now + later, rules);
        expect(failures).toBe(row);
        expect(state).toBe(row < 3 ? 'closed' : later < 1000 ? 'open' : 'half-open');
      }),
    );
  });
});
