/** Rules of the transactions themselves, below the ports. */
import { expectDone } from '@guildhall/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { RunAgain, type WriteTransaction } from '../src/database.ts';
import { appendInTransaction } from '../src/journal-append.ts';
import type { OpenedDatabase } from '../src/opened-database.ts';
import { openPostgres } from '../src/postgres/open-postgres.ts';
import { openSqlite } from '../src/sqlite/open-sqlite.ts';
import { ids, postgresDatabase, postgresUrl, sqliteDatabase, type TestDatabase } from './databases.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function openBelow(made: TestDatabase, boot = ids.next('boot')): Promise<OpenedDatabase> {
  cleanUps.push(() => made.dispose());
  const parts = { clock: made.clock, ids, boot };
  const opened = expectDone(made.place.kind === 'sqlite' ? await openSqlite({ ...made.place, ...parts }) : await openPostgres({ ...made.place, ...parts }));
  cleanUps.push(() => opened.close());
  return opened;
}

const kinds = { SQLite: async () => sqliteDatabase(), PostgreSQL: postgresDatabase };
const note = (tx: WriteTransaction, name: string) => tx.db.insertInto('notes').values({ name, value: '1' }).execute();
const happened = { stream: 's', type: 'turn.started' as const, actor: 'daemon', provenance: null, data: {} };

for (const [kind, make] of Object.entries(kinds)) {
  describe.skipIf(kind === 'PostgreSQL' && postgresUrl() === undefined)(`a transaction on ${kind}`, () => {
    test('finds calls to the store from inside itself, at once, in whatever it awaits; later ones are free', async () => {
      const database = await openBelow(await make());
      for (const nested of [() => database.read(async () => 1), () => database.readLong(async () => 1), () => database.transaction(async () => 1)]) {
        const outer = database.transaction(async (tx) => {
          await note(tx, 'kept?');
          await nested();
        });
        await expect(outer).rejects.toMatchObject({ code: 'nested-transaction' });
      }
      let later: Promise<unknown> | undefined;
      await database.transaction(async (tx) => {
        await note(tx, 'one');
        later = new Promise((resolve) => setTimeout(() => resolve(database.read((db) => db.selectFrom('notes').select('name').execute())), 20));
      });
      expect(await later).toMatchObject([{ name: 'one' }]);
    });

    test('is not seen by others before it has committed, and sees itself', async () => {
      const database = await openBelow(await make());
      const seen: number[] = [];
      const count = () => database.read((db) => db.selectFrom('notes').select('name').execute()).then((rows) => rows.length);
      let outside: Promise<number> | undefined;
      const askFromOutside = Promise.withResolvers<void>();
      void askFromOutside.promise.then(() => {
        outside = count();
      });
      await database.transaction(async (tx) => {
        await note(tx, 'mine');
        seen.push((await tx.db.selectFrom('notes').select('name').execute()).length);
        askFromOutside.resolve();
        while (outside === undefined) await Promise.resolve();
        seen.push(await outside);
      });
      expect([...seen, await count()]).toEqual([1, 0, 1]);
    });

    test('appends once', async () => {
      const database = await openBelow(await make());
      const twice = database.transaction(async (tx) => {
        await appendInTransaction(tx, [happened]);
        await appendInTransaction(tx, [happened]);
      });
      await expect(twice).rejects.toMatchObject({ code: 'appended-twice' });
      expect(await database.read((db) => db.selectFrom('events').select('seq').execute())).toEqual([]);
    });

    test('records nothing where the head of the journal is missing', async () => {
      const made = await make();
      const database = await openBelow(made);
      await made.raw('delete from journal_head');
      await expect(database.transaction((tx) => appendInTransaction(tx, [happened]))).rejects.toThrow(/null value|no result/);
      expect(await database.read((db) => db.selectFrom('streams').select('name').execute())).toEqual([]);
    });

    test('is refused after the store was closed; what was under way is finished first', async () => {
      const database = await openBelow(await make());
      const pending = Promise.all(Array.from({ length: 5 }, (_, index) => database.transaction((tx) => note(tx, `${index}`))));
      await database.close();
      await expect(pending).resolves.toHaveLength(5);
      await expect(database.transaction((tx) => note(tx, 'late'))).rejects.toMatchObject({ code: 'store-closed' });
      await expect(database.read(async (db) => db.selectFrom('notes').select('name').execute())).rejects.toMatchObject({ code: 'store-closed' });
    });
  });
}

// With one writer there is nobody to lose a race to.
test.skipIf(postgresUrl() === undefined)('a transaction on PostgreSQL that lost a race it can see is run again', async () => {
  const database = await openBelow(await postgresDatabase());
  let runs = 0;
  const ran = database.transaction(async (tx) => {
    runs += 1;
    await note(tx, `run ${runs}`);
    if (runs < 3) throw new RunAgain('something');
    return runs;
  });
  expect(await ran).toBe(3);
  expect(await database.read((db) => db.selectFrom('notes').select('name').execute())).toMatchObject([{ name: 'run 3' }]);
});

test.skipIf(postgresUrl() === undefined)(
  'on PostgreSQL a lease that was checked in a transaction stays until that has committed, though its time is over meanwhile',
  async () => {
    const made = await postgresDatabase();
    const database = await openBelow(made);
    const other = await made.open();
    const lease = expectDone(await other.leases.acquireLease('claim:x', 'a', 60_000));
    const order: string[] = [];
    let taken: Promise<unknown> | undefined;
    await database.transaction(async (tx) => {
      await tx.db.selectFrom('leases').select('name').where('name', '=', lease.lease).where(tx.seam.fenceHolds(lease)).executeTakeFirstOrThrow();
      await made.advance(120_000);
      taken = other.leases.acquireLease('claim:x', 'b', 60_000).then((answer) => order.push(`taken by b: ${answer.ok}`));
      await made.clock.sleep(300);
      await note(tx, 'written under the lease');
      order.push('written');
    });
    await taken;
    expect(order).toEqual(['written', 'taken by b: true']);
  },
);

test.skipIf(postgresUrl() === undefined)('a transaction on PostgreSQL that loses its connection between two statements is run again on another', async () => {
  const made = await postgresDatabase();
  const boot = ids.next('boot');
  const database = await openBelow(made, boot);
  let runs = 0;
  await database.transaction(async (tx) => {
    runs += 1;
    await note(tx, `first of run ${runs}`);
    if (runs === 1) {
      await made.raw(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'guildhall ${boot}' and state = 'idle in transaction'`);
      await made.clock.sleep(200);
    }
    await note(tx, `second of run ${runs}`);
  });
  const names = await database.read((db) => db.selectFrom('notes').select('name').orderBy('name').execute());
  expect([runs, names.map(({ name }) => name)]).toEqual([2, ['first of run 2', 'second of run 2']]);
});

test.skipIf(postgresUrl() === undefined)('reads on PostgreSQL do not wait behind transactions that wait for each other', async () => {
  const made = await postgresDatabase();
  const database = await openBelow(made);
  await made.raw('begin');
  await made.raw('select 1 from journal_head for update');
  let done = 0;
  const waiting = Array.from({ length: 30 }, () => database.transaction((tx) => appendInTransaction(tx, [happened])).then(() => (done += 1)));
  for (let often = 0; often < 10; often += 1) await database.read((db) => db.selectFrom('notes').select('name').execute());
  expect(done).toBe(0);
  await made.raw('commit');
  await Promise.all(waiting);
});
