/** A process that opens a SQLite file and works on it until somebody kills it: `store-process.ts FILE TASK [FAILPOINTS]`. */
import { configureFailpoints, systemClock, systemIds } from '@guildhall/kernel';
import { openStore } from '../src/index.ts';

const [, , file = '', task = '', failpoints = ''] = process.argv;
configureFailpoints(failpoints);
const ids = systemIds(() => systemClock.now());
const opened = await openStore({ kind: 'sqlite', file }, { clock: systemClock, ids, boot: ids.next('boot') });
if (!opened.ok) {
  console.log(`refused ${opened.refusal.code} ${opened.refusal.message}`);
  process.exit(3);
}
const store = opened.value;
store.announce('http://127.0.0.1:4733');

if (task === 'hold') {
  console.log('ready');
  setInterval(() => undefined, 1_000);
}

if (task.startsWith('write')) {
  // Several lanes, so that commits carry several transactions; one line for each event that was acknowledged.
  await Promise.all(
    Array.from({ length: 4 }, async (_, lane) => {
      for (let count = 0; ; count += 1) {
        const mark = `${task} ${lane} ${count}`;
        await store.journal.appendEvents([{ stream: `lane ${lane}`, type: 'turn.started', actor: 'daemon', provenance: null, data: { mark } }]);
        console.log(`ack ${mark}`);
        if (count % 20 === 19) await systemClock.sleep(1);
      }
    }),
  );
}

if (task === 'open') await store.close();
