/**
 * A worker as the dispatcher starts it: knows nothing but its environment. `node dispatched-worker.ts <what> <file>`; each start adds a line `run pid` to the file.
 *
 * complete: notes its environment and completes · slowly: the same after two seconds, again and again until somebody answers · hang: never ends, and ignores being asked to · stray: leaves a
 * process of its own behind and completes
 */
import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [, , what = '', file = ''] = process.argv;
const own = (name: string) => process.env[name] ?? '';

appendFileSync(file, `${own('GUILDHALL_KANBAN_RUN_ID')} ${process.pid}\n`);

if (what === 'hang') {
  process.on('SIGTERM', () => undefined);
  await pause(600_000);
}
if (what === 'stray') {
  const stray = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  writeFileSync('stray', String(stray.pid));
  stray.unref();
}
if (what === 'slowly') await pause(2000);
writeFileSync('environment.json', JSON.stringify(process.env));
for (let tries = 0; tries < 200; tries += 1) {
  const status = await complete();
  if (status !== undefined) process.exit(status === 200 ? 0 : 4);
  await pause(100);
}
process.exit(5);

async function complete(): Promise<number | undefined> {
  try {
    const answer = await fetch(`${own('GUILDHALL_URL')}/v1/tasks/${own('GUILDHALL_KANBAN_TASK')}/complete`, {
      method: 'POST',
      headers: { authorization: `Bearer ${own('GUILDHALL_TOKEN')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ summary: `done by ${process.pid}` }),
    });
    return answer.status;
  } catch {
    return undefined;
  }
}
