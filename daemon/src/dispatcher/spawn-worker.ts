/** Starting the program of a lane so that it outlives the daemon and is never there twice. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { done, refuse, type Settled } from '@guildhall/protocol';

/**
 * Runs the program of a run, once. Whoever makes the folder `started` is the run's process; it says who it is before it begins, and how the program ended. Signals to the group reach the program,
 * the shell waits for what it makes of them.
 */
const wrapper = `
mkdir "$1/started" 2>/dev/null || exit 0
folder=$1
shift
if [ -r "/proc/$$/stat" ]; then
  read -r stat < "/proc/$$/stat"
  read -r boot < /proc/sys/kernel/random/boot_id
else
  stat=$(LC_ALL=C ps -o lstart= -p $$)
  boot=-
fi
printf '%s\\n' "$$" "$boot" "$stat" end > "$folder/process"
trap : TERM INT HUP
"$@"
code=$?
printf '%s\\n' "$code" > "$folder/exit"
exit "$code"
`;

export interface WorkerRequest {
  readonly folder: string;
  readonly argv: readonly string[];
  readonly workspace: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The process of this start has ended; it need not be the run's. */
  readonly onExit: () => void;
}

/** Leader of a session and a group of its own; the daemon does not wait for it. `failed` says why the system started nothing. */
export async function spawnWorker(request: WorkerRequest): Promise<Settled<null>> {
  const log = openSync(join(request.folder, 'log'), 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', wrapper, 'guildhall-worker', request.folder, ...request.argv], {
    cwd: request.workspace,
    env: request.environment,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.once('exit', request.onExit);
  child.unref();
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(done(null)));
    child.once('error', (error) => resolve(refuse('failed', `the worker could not be started in ${request.workspace}: ${error.message}`)));
  });
}
