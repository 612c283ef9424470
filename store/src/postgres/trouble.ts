/** What can go wrong between us and PostgreSQL, by what to do about it. */
import { Fault } from '@guildhall/protocol';
import pg from 'pg';

/**
 * `collided`: another transaction was in the way, run it again. `lost`: the server or the way to it is gone for a moment, connect again. `unavailable`: it answers, but
 * cannot do the work, and waiting a little will not help.
 */
export type TroubleKind = 'collided' | 'lost' | 'unavailable';

export class Trouble extends Error {
  readonly kind: TroubleKind;

  constructor(kind: TroubleKind, cause: unknown) {
    super(describe(cause), { cause });
    this.kind = kind;
  }
}

/** Errors that stand for several (one for each address that was tried) have no message of their own. */
function describe(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(describe).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}

/** SQLSTATE codes and classes (their first two characters). */
const kinds: Readonly<Record<string, TroubleKind>> = {
  '40001': 'collided',
  '40P01': 'collided',
  '55P03': 'collided',
  '08': 'lost',
  '57P01': 'lost',
  '57P02': 'lost',
  '57P03': 'lost',
  '57P05': 'lost',
  '25006': 'lost',
  '25P03': 'lost',
  '53300': 'lost',
  '53': 'unavailable',
  '54': 'unavailable',
  '57014': 'unavailable',
  '58': 'unavailable',
  '28': 'unavailable',
  '3D000': 'unavailable',
  XX001: 'unavailable',
  XX002: 'unavailable',
};

/** An error of `pg`, sorted. Errors without a code come from the connection, not from the server. An error about the statement itself is returned as it is. */
export function sortError(error: unknown): unknown {
  if (error instanceof Trouble) return error;
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return new Trouble('lost', error);
  // A newer daemon has added a column: statements this connection has prepared with a `*` in them are of no use any more.
  if (error.routine === 'RevalidateCachedQuery') return new Trouble('lost', error);
  const kind = kinds[error.code] ?? kinds[error.code.slice(0, 2)];
  return kind === undefined ? error : new Trouble(kind, error);
}

/** The fault for trouble that outlasted our patience. */
export function storageFault(trouble: Trouble, location: string): Fault {
  return new Fault('storage-unavailable', `the database ${location} cannot be used: ${trouble.message}. It is tried again with the next request`, {
    cause: trouble,
  });
}
