/** `npm run race -- [rounds] [processes]`: that many processes race for one task, again and again, on a PostgreSQL of its own; prints the figures. */
import { startPostgres } from '../../scripts/postgres.ts';
import { raceForTasks } from './claim-race.ts';
import { postgresDatabase } from './databases.ts';

const [rounds = '1000', processes = '64'] = process.argv.slice(2);
const server = await startPostgres();
if ('missing' in server) {
  console.log(`there is no PostgreSQL: ${server.missing}`);
  process.exit(1);
}
const database = await postgresDatabase(server.url);
if (database.place.kind !== 'postgres') throw new Error('not a schema');
const { url, schema = '' } = database.place;
const store = await database.open();
const began = performance.now();
const figures = await raceForTasks(store, { url, schema }, Number(processes), Number(rounds), (round) => {
  if (round % 100 === 0) console.log(`round ${round}`);
});
const broken = (await store.verify()).filter(({ ok }) => !ok).map(({ subject }) => subject);
console.log(JSON.stringify({ ...figures, brokenInvariants: broken, seconds: Math.round((performance.now() - began) / 1000) }));
process.exitCode = figures.wrong.length + broken.length === 0 ? 0 : 1;
await database.dispose();
await server.stop();
