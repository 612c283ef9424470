/** The journal seals itself: once for each hour in which something was recorded, whether or not the daemon was restarted meanwhile. */
import type { Clock } from '@guildhall/kernel';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ids, onBothDatabases, type TestDatabase, value } from '../../store/test/databases.ts';
import type { Store } from '@guildhall/store';
import { journalIsSealed } from '../src/flows/journal-is-sealed.ts';

const minute = 60_000;

/** The database's clock, with sleeps that end when the test says so; `slept` resolves when the flow has done its round and sleeps. */
function stepped(clock: Clock) {
  let wake = () => {};
  let asleep = Promise.withResolvers<void>();
  const stepping: Clock = {
    ...clock,
    now: () => clock.now(),
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
        asleep.resolve();
      }),
  };
  return {
    clock: stepping,
    slept: () => asleep.promise,
    round() {
      asleep = Promise.withResolvers<void>();
      wake();
      return asleep.promise;
    },
  };
}

async function sealsOf(store: Store): Promise<number> {
  const page = value(await store.journal.readEvents({ after: '', stream: 'installation', limit: 1_000 }));
  return page.events.filter(({ type }) => type === 'audit.sealed').length;
}

async function record(store: Store): Promise<void> {
  await store.journal.appendEvents([{ stream: ids.next('some'), type: 'hook.ran', actor: 'daemon', provenance: null, data: {} }]);
}

async function during(database: TestDatabase, store: Store, work: (after: (minutes: number) => Promise<number>) => Promise<void>): Promise<void> {
  const time = stepped(database.clock);
  const faults: unknown[] = [];
  const flow = journalIsSealed({ journal: store.journal, clock: time.clock, onFault: (error) => faults.push(error) });
  await time.slept();
  await work(async (minutes) => {
    await database.advance(minutes * minute);
    await time.round();
    await nextTurn();
    return sealsOf(store);
  });
  await flow.stop();
  expect(faults).toEqual([]);
}

onBothDatabases('the hourly seal', (suite) => {
  test('comes when an hour has passed since the last one and something was recorded, and only then', async () => {
    const { store, database } = suite;
    await record(store);
    const before = await sealsOf(store);
    await during(database, store, async (after) => {
      expect(await after(59)).toBe(before);
      expect(await after(2)).toBe(before + 1);
      expect(await after(61)).toBe(before + 1);
      await record(store);
      expect(await after(1)).toBe(before + 2);
      await record(store);
      expect(await after(58)).toBe(before + 2);
    });
    await during(database, store, async (after) => expect(await after(3)).toBe(before + 3));
    expect((await store.journal.verifyJournal()).valid).toBe(true);
  });
});
