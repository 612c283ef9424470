/** `node paused-worker.ts TASK`: claims the task for the lane `factory` and says `held`; on a line from stdin tries every write of a claim and says, as JSON, how each was answered. */
import { once } from 'node:events';
import { LaneRefusal, openLane } from '@guildhall/lane';

const lane = openLane({ url: process.env['GUILDHALL_URL'] ?? '', token: process.env['GUILDHALL_TOKEN'] ?? '', lane: 'factory' });
const claim = await lane.claim({ waitMs: 20_000, task: process.argv[2] ?? '' });
if (claim === undefined) throw new Error('there was nothing to claim');
console.log('held');
await once(process.stdin, 'data');
const writes = {
  heartbeat: () => claim.heartbeat({ note: 'late' }),
  comment: () => claim.comment('late'),
  attach: () => claim.attach('late.txt', Buffer.from('late')),
  annotate: () => claim.annotate({ late: true }),
  block: () => claim.block({ kind: 'needs_input', reason: 'late' }),
  release: () => claim.release('late'),
  complete: () => claim.complete({ summary: 'late' }),
};
const answers: Record<string, string> = {};
for (const [name, write] of Object.entries(writes)) {
  answers[name] = await write().then(
    () => 'done',
    (error: unknown) => (error instanceof LaneRefusal ? error.code : String(error)),
  );
}
console.log(JSON.stringify({ aborted: claim.signal.aborted, answers }));
process.exit(0);
