/**
 * The installation's own secret, from which the tokens of claims are derived. It lies in a file that only its owner reads and is made at the first start. With another key the claims that
 * live go on, but a lane that lost the answer to its request cannot be told its token again.
 */
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ids } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { codeOf } from './system-error.ts';

/** `not-allowed` for a file that others can read, `invalid-config` for one with nothing in it. */
export async function installationKey(home: string, ids: Ids): Promise<Settled<string>> {
  const file = join(home, 'installation.key');
  await makeKey(file, ids);
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0)
    return refuse(
      'not-allowed',
      `${file} can be read by others on this machine, so whoever read it can make tokens of claims. Delete it (a new one is made) and start again`,
    );
  const key = (await readFile(file, 'utf8')).trim();
  if (key.length < 32) return refuse('invalid-config', `${file} holds no key. Delete it and start again: a new one is made`);
  return done(key);
}

/** Makes the key if there is none. It is on disk before anything is derived from it. */
async function makeKey(file: string, ids: Ids): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    await handle.writeFile(`${ids.secret('key')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
