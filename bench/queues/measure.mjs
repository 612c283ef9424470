/**
 * `node measure.mjs URL WORKERS COUNT`: jobs a second from waiting to done in two job queues for PostgreSQL, with so many workers at a time. Prints one JSON value. Both are used as their
 * manuals say for the highest rate with one job to a transaction, which is what a card is.
 */
import { run, makeWorkerUtils } from 'graphile-worker';
import { PgBoss } from 'pg-boss';

const [url = '', workerText = '8', countText = '1000'] = process.argv.slice(2);
const workers = Number(workerText);
const count = Number(countText);

console.log(JSON.stringify({ graphileWorker: await graphile(), pgBoss: await boss() }));
process.exit(0);

async function graphile() {
  const tools = await makeWorkerUtils({ connectionString: url });
  await tools.migrate();
  await tools.withPgClient((client) =>
    client.query("select graphile_worker.add_job('card', json_build_object('number', n)) from generate_series(1, $1::int) as n", [count]),
  );
  await tools.release();
  let left = count;
  let finish = () => {};
  const finished = new Promise((resolve) => (finish = resolve));
  const began = performance.now();
  const runner = await run({
    connectionString: url,
    concurrency: workers,
    maxPoolSize: workers + 2,
    noHandleSignals: true,
    logger: undefined,
    taskList: {
      card: () => {
        left -= 1;
        if (left === 0) finish(undefined);
      },
    },
  });
  await finished;
  const elapsed = performance.now() - began;
  await runner.stop();
  return (count * 1000) / elapsed;
}

async function boss() {
  const queue = new PgBoss({ connectionString: url, max: workers });
  await queue.start();
  await queue.createQueue('cards');
  await queue.insert(
    'cards',
    Array.from({ length: count }, (_, number) => ({ data: { number } })),
  );
  const began = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (;;) {
        const [job] = await queue.fetch('cards');
        if (job === undefined) return;
        await queue.complete('cards', job.id);
      }
    }),
  );
  const elapsed = performance.now() - began;
  await queue.stop({ graceful: false });
  return (count * 1000) / elapsed;
}
