/** One session read live by many: how long after a message was sent its answer has reached a reader. */
import { EventEmitter, once } from 'node:events';
import type { Backend } from './backends.ts';
import { connect } from './client.ts';
import { figure, quantile, type Figure } from './figures.ts';

const readers = 200;

export async function measureLiveReaders(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace('model: rehearsal/default\nagents:\n  main: { default: true }\n', 'rules:\n  - say: Yes.\n');
  const daemon = await place.startDaemon();
  const client = connect(daemon);
  try {
    const first = await client.send('crowd', 'hello');
    await client.awaitTurn(first.turnId);
    const rounds = new EventEmitter();
    const took: number[] = [];
    const spread: number[] = [];
    let began = 0;
    let arrived: number[] = [];
    const streams = await Promise.all(
      Array.from({ length: readers }, () =>
        client.follow(first.sessionKey, () => {
          arrived.push(performance.now() - began);
          if (arrived.length === readers) rounds.emit('all');
        }),
      ),
    );
    for (let round = 0; round < Math.ceil(40 * scale) + 2; round += 1) {
      arrived = [];
      const all = once(rounds, 'all');
      began = performance.now();
      await client.send('crowd', 'hello');
      await all;
      if (round < 2) continue;
      took.push(...arrived);
      spread.push(Math.max(...arrived) - Math.min(...arrived));
    }
    for (const stream of streams) stream.close();
    return [
      figure(`${readers} live readers, message to answer: p50`, 'ms', quantile(took, 0.5)),
      figure(`${readers} live readers, message to answer: p99`, 'ms', quantile(took, 0.99)),
      figure(`${readers} live readers, first to last reader: p50`, 'ms', quantile(spread, 0.5)),
    ];
  } finally {
    client.close();
    await daemon.stop();
    place.remove();
  }
}
