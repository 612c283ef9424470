// A lane in TypeScript. Register it once, then:  GUILDHALL_TOKEN=ghl_… npx node examples/lanes/worker.ts
import { openLane } from '@guildhall/lane';

const lane = openLane({
  url: process.env['GUILDHALL_URL'] ?? 'http://127.0.0.1:4733',
  token: process.env['GUILDHALL_TOKEN'] ?? '',
  lane: process.env['GUILDHALL_LANE'] ?? 'factory',
});
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

await lane.work(
  async ({ task, heartbeat }) => {
    await heartbeat({ note: `reading "${task.title}"` });
    const words = task.body.split(/\s+/u).filter(Boolean).length;
    return { as: 'complete', summary: `The text has ${words} words.`, evidence: [{ kind: 'check', text: `counted ${words} words` }] };
  },
  { signal: stop.signal },
);
