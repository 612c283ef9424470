import { join } from 'node:path';
import { systemClock, systemIds } from '@guildhall/kernel';
import { type Settled, done } from '@guildhall/protocol';
import { restoreStore } from '@guildhall/store';
import { readEnvironment } from '../environment.ts';
import { prepareHome } from '../home.ts';

/** Puts a backup in the place of the database of this home. Refused while a daemon holds it. */
export async function restoreBackup(file: string): Promise<Settled<{ readonly database: string; readonly previous?: string }>> {
  const { home } = readEnvironment();
  const prepared = await prepareHome(home);
  if (!prepared.ok) return prepared;
  const ids = systemIds(systemClock.now);
  const restored = await restoreStore({ backup: file, database: join(home, 'guildhall.db') }, { clock: systemClock, ids, boot: ids.next('boot') });
  if (!restored.ok) return restored;
  const { database, previous } = restored.value;
  return done({ database, ...(previous === undefined ? {} : { previous }) });
}
