/** `npm run model -- [operations] [seed] [sqlite|postgres]`: compares so many operations with the specification on each database, one after the other, and prints the figures. */
import { startPostgres } from '../../scripts/postgres.ts';
import { compareBoards } from './board-model.ts';
import { postgresDatabase, sqliteDatabase, type TestDatabase } from './databases.ts';

const [operations = '100000', seed = String(Date.now() % 1_000_000), only = ''] = process.argv.slice(2);

async function compareOn(database: TestDatabase): Promise<void> {
  const began = performance.now();
  const passLeaseTime = async (ms: number) => {
    if (database.kind === 'postgres') await database.raw(`update lease_clock set ms = ms + ${ms}`);
  };
  let toldAt = 0;
  const { figures, store } = await compareBoards({ place: database.place, passLeaseTime }, Number(operations), Number(seed), (so) => {
    if (so.operations - toldAt < 10_000) return;
    toldAt = so.operations;
    console.log(`${database.kind}: ${so.operations} of ${operations}`);
  });
  const broken = (await store.verify()).filter(({ ok }) => !ok);
  await store.close();
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ database: database.kind, seed: Number(seed), ...figures, seconds, brokenInvariants: broken.map(({ subject }) => subject) }));
  if (broken.length > 0) process.exitCode = 1;
  await database.dispose();
}

console.log(`seed ${seed}`);
if (only !== 'postgres') await compareOn(sqliteDatabase());
if (only !== 'sqlite') await compareOnPostgres();

async function compareOnPostgres(): Promise<void> {
  const server = await startPostgres();
  if ('missing' in server) return console.log(`not on PostgreSQL: ${server.missing}`);
  await compareOn(await postgresDatabase(server.url));
  await server.stop();
}
