/** The example workers, as a reader would start them, each take a card from ready to done with evidence, and go on after one that is refused. */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBoardWorld, type BoardWorld } from './board-world.ts';

const folder = path.join(import.meta.dirname, '..', '..', 'examples', 'lanes');
const has = (...command: readonly string[]) => spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' }).status === 0;

const workers = [
  { language: 'TypeScript', command: [process.execPath, path.join(folder, 'worker.ts')], needs: [] },
  {
    language: 'shell',
    command: ['sh', path.join(folder, 'worker.sh')],
    needs: [
      ['curl', '--version'],
      ['jq', '--version'],
    ],
  },
  { language: 'Python', command: ['python3', path.join(folder, 'worker.py')], needs: [['python3', '--version']] },
] as const;

describe('an example worker', () => {
  let world: BoardWorld;
  beforeAll(async () => {
    world = await startBoardWorld();
  });
  afterAll(() => world.stop());

  for (const { language, command, needs } of workers) {
    const missing = needs.filter((program) => !has(...program)).map(([name]) => name);
    const needed = missing.length === 0 ? '' : ` (skipped: no ${missing.join(', no ')} on this machine)`;
    test.skipIf(missing.length > 0)(`in ${language} finishes what is assigned to its lane${needed}`, async () => {
      const name = `lane-${language.toLowerCase()}`;
      const lane = await world.registerLane(name, { capacity: 2 });
      const first = await world.createTask({ title: 'Count', body: 'one two three', assignee: name });
      const worker = spawn(command[0], command.slice(1), {
        // A group of its own, so that what it started in the background ends with it.
        detached: true,
        stdio: 'ignore',
        env: { PATH: process.env['PATH'] ?? '', GUILDHALL_URL: world.daemon().url, GUILDHALL_TOKEN: lane.token, GUILDHALL_LANE: name },
      });
      try {
        const statusOf = async (id: string) => (await world.readTask(id)).task.status;
        await expect.poll(() => statusOf(first.id), { timeout: 30_000, interval: 100 }).toBe('done');
        // It cannot show what this one asks for, and is refused; it has to go on with the next.
        await world.createTask({ title: 'Show', body: 'one', assignee: name, acceptance: ['somebody looked'] });
        const second = await world.createTask({ title: 'Count again', body: 'one two', assignee: name });
        await expect.poll(() => statusOf(second.id), { timeout: 30_000, interval: 100 }).toBe('done');
        const { runs } = await world.readTask(first.id);
        expect(runs).toMatchObject([{ lane: name, outcome: 'completed', summary: 'The text has 3 words.', evidence: [{ kind: 'check' }] }]);
      } finally {
        if (worker.pid !== undefined) process.kill(-worker.pid, 'SIGKILL');
      }
    });
  }
});
