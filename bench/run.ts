/**
 * `npm run bench`: measures a daemon and its store on SQLite and on PostgreSQL and prints one table. `-- --json` prints one JSON value instead, `--quick` does a tenth of
 * everything, `--only turns,start,session,verbs,readers,board,queues,board-size,board-wakeups,roles,handoffs,cli` takes a part. Nothing here passes or fails: the figures are for docs/benchmarks.md and for comparing a change.
 */
import { cpus, loadavg, platform, release } from 'node:os';
import { parseArgs } from 'node:util';
import { postgresBackend, sqliteBackend, type Backend } from './backends.ts';
import { measureBoardCycles } from './board-cycles.ts';
import { measureQueues } from './board-queues.ts';
import { measureBoardSize } from './board-size.ts';
import { measureBoardWakeups } from './board-wakeups.ts';
import { measureCommandLine } from './command-line.ts';
import { shown, table, type Figure, type Results } from './figures.ts';
import { measureHandoffs } from './handoffs.ts';
import { measureLiveReaders } from './live-readers.ts';
import { measureLongSession } from './long-session.ts';
import { measureRoleRuns } from './role-runs.ts';
import { measureStartAndMemory } from './start-and-memory.ts';
import { measureStoreVerbs } from './store-verbs.ts';
import { measureTurnOverhead } from './turn-overhead.ts';

const measures: Readonly<Record<string, (backend: Backend, scale: number) => Promise<readonly Figure[]>>> = {
  turns: measureTurnOverhead,
  start: measureStartAndMemory,
  session: measureLongSession,
  verbs: measureStoreVerbs,
  readers: measureLiveReaders,
  board: measureBoardCycles,
  queues: measureQueues,
  'board-size': measureBoardSize,
  'board-wakeups': measureBoardWakeups,
  roles: measureRoleRuns,
  handoffs: measureHandoffs,
};

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: ['cli', ...Object.keys(measures)].join() },
    database: { type: 'string', default: 'sqlite,postgres' },
  },
});
const wanted = values.only.split(',');
const unknown = wanted.find((name) => name !== 'cli' && !Object.hasOwn(measures, name));
if (unknown !== undefined) throw new Error(`there is no measurement "${unknown}"; there are cli, ${Object.keys(measures).join(', ')}`);

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'a processor'}, ${platform()} ${release()}, Node ${process.versions.node}`;
const loadBefore = loadavg()[0] ?? 0;
const backends: Backend[] = [];
if (values.database.includes('sqlite')) backends.push(sqliteBackend());
if (values.database.includes('postgres')) backends.push(...(await postgresOrNone()));
const results: Results[] = [];
for (const backend of backends) results.push({ backend: backend.name, figures: await measureOn(backend) });
const commandLine = wanted.includes('cli') ? measureCommandLine() : [];
for (const backend of backends) await backend.stop();

if (values.json) console.log(JSON.stringify({ at: new Date().toISOString(), machine, loadBefore, commandLine, results }, null, 2));
else {
  console.log(`${machine}; load before the run ${loadBefore.toFixed(1)}\n`);
  console.log(table(results));
  if (commandLine.length > 0) console.log(`\n${table([{ backend: 'either', figures: commandLine }])}`);
}

async function measureOn(backend: Backend): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(measures)) {
    if (!wanted.includes(name)) continue;
    console.error(`${backend.name}: ${name} …`);
    const found = await measure(backend, values.quick ? 0.1 : 1);
    for (const each of found) console.error(`  ${each.name}: ${shown(each)}`);
    figures.push(...found);
  }
  return figures;
}

async function postgresOrNone(): Promise<readonly Backend[]> {
  const found = await postgresBackend();
  if (typeof found !== 'string') return [found];
  console.error(`There is no PostgreSQL, so it is not measured: ${found}.`);
  return [];
}
