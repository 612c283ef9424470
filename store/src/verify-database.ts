/** Runs every invariant, and the chain of the journal, over a live database. Reads only. */
import type { FindingView } from '@guildhall/protocol';
import { sql, type Kysely } from 'kysely';
import type { Database } from './database.ts';
import { invariants, type Invariant } from './invariants.ts';
import { verifyJournal } from './journal-verify.ts';
import type { Schema } from './schema.ts';

const mostNamed = 5;
const remedy = 'Stop the daemon, keep a copy of the database as it is, and restore the newest backup that verifies: guildhall db restore FILE';

/** One finding for each invariant, in the order they are listed; `ok` where it holds. */
export async function verifyDatabase(database: Database): Promise<readonly FindingView[]> {
  const damage = await database.findDamage();
  const findings: FindingView[] = [finding('file', 'The file is sound in itself.', damage)];
  const journal = await verifyJournal(database);
  const bad = journal.firstBad;
  findings.push(
    finding('journal chain', 'Every event follows from the one before it.', bad === undefined ? [] : [`${bad.stream} event ${bad.seq}: ${bad.reason}`]),
  );
  for (const invariant of invariants) findings.push(await check(database, invariant));
  return findings;
}

async function check(database: Database, { name, sentence, offenders }: Invariant): Promise<FindingView> {
  const what = await database.readLong((db) => findOffenders(db, offenders));
  return finding(name, sentence, what);
}

async function findOffenders(db: Kysely<Schema>, query: string): Promise<readonly string[]> {
  const { rows } = await sql<{ what: string }>`select what from (${sql.raw(query)}) as offenders limit ${sql.lit(mostNamed)}`.execute(db);
  return rows.map((row) => row.what);
}

function finding(name: string, sentence: string, offenders: readonly string[]): FindingView {
  if (offenders.length === 0) return { subject: name, ok: true, level: 'ok', message: sentence };
  return { subject: name, ok: false, level: 'problem', message: `Broken: ${sentence} Found: ${offenders.join(', ')}`, remedy };
}
