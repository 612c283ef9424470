import { hostname } from 'node:os';
import type { CredentialStore } from '@guildhall/authority';
import { type Clock, type Ids, sha256 } from '@guildhall/kernel';
import { readDaemonFile } from './home.ts';
import { issueCredential } from './operations/access.ts';

/**
 * The operator's secret for the `daemon.json` of `home`. The one that an earlier run left there is kept while it is good, so that clients that have read it stay connected over a restart; else
 * a new one, and the old ones of this home are revoked. Those of other homes on the same database belong to daemons that may be running.
 */
export async function operatorSecret(credentials: CredentialStore, ids: Ids, clock: Clock, home: string): Promise<string> {
  const label = `daemon.json of ${hostname()}:${home}`;
  const left = await readDaemonFile(home);
  const known = left === undefined ? undefined : await credentials.findCredential(sha256(left.token));
  if (left !== undefined && known?.scopes.includes('operator') === true) return left.token;
  for (const old of await credentials.listCredentials())
    if (old.label === label && old.revokedAt === undefined) await credentials.revokeCredential(old.id, 'daemon');
  const issued = await issueCredential({ credentials, ids, clock }, 'operator', label, undefined, 'daemon');
  return issued.secret;
}
