/** The installation's home directory and the file through which clients find the daemon. */
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Settled, done, isJsonObject, refuse } from '@guildhall/protocol';

/** What `daemon.json` holds: mode 0600, because it carries the operator's secret. */
export interface DaemonFile {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly version: string;
}

/** Creates the home with mode 0700 if need be; narrows one that others could read. */
export async function prepareHome(home: string): Promise<Settled<null>> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    const found = await stat(home);
    if (!found.isDirectory()) return refuse('invalid-input', `${home} is not a directory. Point GUILDHALL_HOME at one.`);
    if ((found.mode & 0o077) !== 0) await chmod(home, 0o700);
    return done(null);
  } catch (error) {
    return refuse(
      'storage-unavailable',
      `the home ${home} cannot be used: ${error instanceof Error ? error.message : String(error)}. Point GUILDHALL_HOME at a directory you may write.`,
    );
  }
}

function daemonFilePath(home: string): string {
  return join(home, 'daemon.json');
}

export async function readDaemonFile(home: string): Promise<DaemonFile | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(daemonFilePath(home), 'utf8'));
    if (!isJsonObject(found)) return undefined;
    const { url, token, pid, version } = found;
    if (typeof url !== 'string' || typeof token !== 'string' || typeof pid !== 'number' || typeof version !== 'string') return undefined;
    return { url, token, pid, version };
  } catch {
    return undefined;
  }
}

/** Replaces the file in one step, so that a client never reads half of it. */
export async function writeDaemonFile(home: string, daemon: DaemonFile): Promise<void> {
  const path = daemonFilePath(home);
  const fresh = `${path}.${daemon.pid}`;
  await rm(fresh, { force: true });
  await writeFile(fresh, `${JSON.stringify(daemon, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(fresh, path);
}

export async function removeDaemonFile(home: string, pid: number): Promise<void> {
  if ((await readDaemonFile(home))?.pid === pid) await rm(daemonFilePath(home), { force: true });
}
