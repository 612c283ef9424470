/** `npm run crash:handoffs`: the daemon killed at each named point of the way of a handoff, on both databases. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const vitest = path.join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');
const ran = spawnSync(process.execPath, [vitest, 'run', 'test/handoffs/killed-at-every-step.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, GUILDHALL_EVERY_STEP: '1' },
});
process.exitCode = ran.status ?? 1;
