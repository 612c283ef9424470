/** `node hanging-worker.ts TASK`: claims the task for the lane `factory`, keeps it alive, says `held` and then works for ever. */
import { openLane } from '@guildhall/lane';

const lane = openLane({ url: process.env['GUILDHALL_URL'] ?? '', token: process.env['GUILDHALL_TOKEN'] ?? '', lane: 'factory' });
const claim = await lane.claim({ waitMs: 20_000, task: process.argv[2] ?? '' });
console.log(claim === undefined ? 'nothing' : `held ${claim.token}`);
setInterval(() => undefined, 1000);
