/** Every configuration that was ever in force, numbered. */
import { done, eventData, installationStream, refuse, type JsonObject, type Settled } from '@guildhall/protocol';
import { RunAgain, type Database, type WriteTransaction } from './database.ts';
import { appendInTransaction } from './journal-append.ts';

export interface ConfigVersion {
  /** 1, 2, 3 … in the order they came into force. */
  readonly rev: number;
  /** SHA-256 of the text, hex. */
  readonly digest: string;
  readonly actor: string;
  readonly at: number;
  /** The version it went back to, when it was a revert. */
  readonly revertOf?: number;
}

export interface ConfigVersionStore {
  /** A configuration that has come into force. The one already in force again is no new version. Records `config.accepted`, or `config.reverted` with `revertOf`. */
  acceptConfig(config: { readonly text: string; readonly digest: string; readonly actor: string; readonly revertOf?: number }): Promise<ConfigVersion>;
  /** One that was refused; the last good one stays in force. Records `config.rejected`; its text is not kept. */
  rejectConfig(config: { readonly digest: string; readonly errors: readonly JsonObject[]; readonly actor: string }): Promise<void>;
  /** Newest first. */
  listConfigVersions(limit?: number): Promise<readonly ConfigVersion[]>;
  /** `not-found` for a number there is no version of. */
  readConfigVersion(rev: number): Promise<Settled<ConfigVersion & { readonly text: string }>>;
}

interface ConfigRow {
  readonly rev: number;
  readonly digest: string;
  readonly actor: string;
  readonly at: number;
  readonly revert_of: number | null;
}

const columns = ['rev', 'digest', 'actor', 'at', 'revert_of'] as const;
const mostListed = 1_000;
const mostErrorsRecorded = 20;

export function configVersionStore(database: Database): ConfigVersionStore {
  return {
    acceptConfig: (config) => database.transaction((tx) => accept(tx, config)),
    rejectConfig: ({ digest, errors, actor }) =>
      database.transaction(async (tx) => {
        const data = eventData({ digest, errors: errors.slice(0, mostErrorsRecorded), errorCount: errors.length });
        await appendInTransaction(tx, [{ stream: installationStream, type: 'config.rejected', actor, provenance: null, data }]);
      }),
    listConfigVersions: (limit = mostListed) =>
      database.read(async (db) => {
        const rows = await db.selectFrom('config_versions').select(columns).orderBy('rev', 'desc').limit(limit).execute();
        return rows.map(toVersion);
      }),
    readConfigVersion: (rev) =>
      database.read(async (db) => {
        const row = await db.selectFrom('config_versions').selectAll().where('rev', '=', rev).executeTakeFirst();
        if (row === undefined) return refuse('not-found', `there is no config version ${rev}; list them with: guildhall config history`, { rev });
        return done({ ...toVersion(row), text: row.text });
      }),
  };
}

async function accept(
  tx: WriteTransaction,
  config: { readonly text: string; readonly digest: string; readonly actor: string; readonly revertOf?: number },
): Promise<ConfigVersion> {
  const newest = await tx.db.selectFrom('config_versions').select(columns).orderBy('rev', 'desc').limit(1).executeTakeFirst();
  if (newest?.digest === config.digest) return toVersion(newest);
  const row = await tx.db
    .insertInto('config_versions')
    .values({ rev: (newest?.rev ?? 0) + 1, digest: config.digest, text: config.text, actor: config.actor, at: tx.at, revert_of: config.revertOf ?? null })
    .onConflict((conflict) => conflict.column('rev').doNothing())
    .returning(columns)
    .executeTakeFirst();
  // Another daemon made a version at the same moment, perhaps of the same file.
  if (row === undefined) throw new RunAgain('the newest config version');
  await appendInTransaction(tx, [
    {
      stream: installationStream,
      type: config.revertOf === undefined ? 'config.accepted' : 'config.reverted',
      actor: config.actor,
      provenance: null,
      data: eventData({ rev: row.rev, digest: config.digest, revertOf: config.revertOf }),
    },
  ]);
  return toVersion(row);
}

function toVersion(row: ConfigRow): ConfigVersion {
  return { rev: row.rev, digest: row.digest, actor: row.actor, at: row.at, ...(row.revert_of === null ? {} : { revertOf: row.revert_of }) };
}
