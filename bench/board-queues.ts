/** Two job queues for PostgreSQL on the same server in the same run: what a job costs there from waiting to done, beside what a card costs here. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Backend } from './backends.ts';
import { figure, type Figure } from './figures.ts';

const folder = path.join(import.meta.dirname, 'queues');

export async function measureQueues(backend: Backend, scale: number): Promise<readonly Figure[]> {
  if (backend.name === 'SQLite' || !installed()) return [];
  const place = await backend.createPlace();
  const count = Math.ceil(4000 * scale);
  const ran = spawnSync(process.execPath, [path.join(folder, 'measure.mjs'), place.databaseUrl ?? '', '8', String(count)], { encoding: 'utf8' });
  place.remove();
  const line = ran.stdout.trim().split('\n').at(-1) ?? '';
  if (ran.status !== 0) {
    console.error(`The job queues could not be measured: ${ran.stderr.slice(-500)}`);
    return [];
  }
  const rates = JSON.parse(line) as { readonly graphileWorker: number; readonly pgBoss: number };
  return [
    figure('graphile-worker, job → done, 8 at a time', 'per s', rates.graphileWorker),
    figure('pg-boss, fetch → complete, 8 at a time', 'per s', rates.pgBoss),
  ];
}

/** They are installed when they are measured, not with the rest. */
function installed(): boolean {
  if (existsSync(path.join(folder, 'node_modules', 'pg-boss'))) return true;
  const ran = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  if (ran.status === 0) return true;
  console.error(`The job queues are not measured, because npm could not install them: ${ran.stderr.slice(-300)}`);
  return false;
}
