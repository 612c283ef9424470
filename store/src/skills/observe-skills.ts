/** What was found on disk, beside what is known. Finding can take a skill out of use and never put one in that a person did not approve, byte for byte. */
import type { NewEvent } from '@guildhall/kernel';
import type { EventType, SkillStatus } from '@guildhall/protocol';
import { isStaged, skillTransitions, type FoundSkill, type Skill } from '@guildhall/skills';
import { RunAgain, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { SkillRow } from '../role-schema.ts';
import { storableText } from '../stored-text.ts';
import { foundColumns, holdSkills, keepText, keyOf, skillEvent, toSkill } from './skill-rows.ts';

const unreadable = 'cannot be read: ';
const mostReason = 500;

interface Observed {
  readonly status: SkillStatus;
  readonly reason: string;
}

/** Most of the time nothing changed: a look costs no commit. */
export async function observeSkills(database: Database, found: readonly FoundSkill[], scopes: readonly string[]): Promise<readonly Skill[]> {
  const places = [...new Set([...scopes, ...found.map(({ scope }) => scope)])].toSorted();
  if (places.length === 0) return [];
  const known = await database.read((db) => db.selectFrom('skills').selectAll().where('scope', 'in', places).orderBy('scope').orderBy('name').execute());
  const rows = hasNews(known, found, scopes) ? await database.transaction((tx) => observe(tx, found, scopes, places)) : known;
  const wanted = new Set(found.map(keyOf));
  return rows.filter((row) => scopes.includes(row.scope) || wanted.has(keyOf(row))).map(toSkill);
}

function hasNews(known: readonly SkillRow[], found: readonly FoundSkill[], scopes: readonly string[]): boolean {
  const rows = new Map(known.map((row) => [keyOf(row), row]));
  return found.some((one) => observed(rows.get(keyOf(one)), one) !== undefined) || lostRows(known, found, scopes).length > 0;
}

async function observe(tx: WriteTransaction, found: readonly FoundSkill[], scopes: readonly string[], places: readonly string[]): Promise<readonly SkillRow[]> {
  const rows = new Map((await holdSkills(tx, places)).map((row) => [keyOf(row), row]));
  const events: NewEvent[] = [];
  for (const one of found) {
    const before = rows.get(keyOf(one));
    const now = observed(before, one);
    if (now === undefined) continue;
    await keepText(tx, one);
    const row = before === undefined ? await insert(tx, one, now) : await update(tx, before, { ...foundColumns(one, tx.at), ...now });
    rows.set(keyOf(row), row);
    if (before?.status !== row.status) events.push(skillEvent(eventOf[row.status], row, 'daemon', { reason: row.reason === '' ? undefined : row.reason }));
  }
  for (const row of lostRows([...rows.values()], found, scopes)) {
    const gone = await update(tx, row, { status: 'gone', hash: '', files: '[]', seen_at: tx.at });
    rows.set(keyOf(gone), gone);
    events.push(skillEvent('skill.gone', gone, 'daemon'));
  }
  await appendInTransaction(tx, events);
  return [...rows.values()];
}

const eventOf = {
  discovered: 'skill.discovered',
  staged: 'skill.staged',
  approved: 'skill.approved',
  quarantined: 'skill.quarantined',
  gone: 'skill.gone',
} as const satisfies Record<SkillStatus, EventType>;

/** What the row becomes; undefined when there is no news. */
function observed(row: SkillRow | undefined, found: FoundSkill): Observed | undefined {
  const broken =
    found.problem === '' ? undefined : { status: 'quarantined' as const, reason: storableText(`${unreadable}${found.problem}`).slice(0, mostReason) };
  if (row === undefined) return broken ?? { status: isStaged(found.scope) ? 'staged' : 'discovered', reason: '' };
  if (row.status === 'quarantined') return observedQuarantined(row, found, broken);
  if (broken !== undefined) return broken;
  if (row.status === 'gone') return observedBack(row, found);
  if (row.hash === found.hash) return undefined;
  const status = skillTransitions[row.status].change;
  return { status, reason: status === 'quarantined' ? changed(row, found) : '' };
}

function observedQuarantined(row: SkillRow, found: FoundSkill, broken: Observed | undefined): Observed | undefined {
  const wasUnreadable = row.reason.startsWith(unreadable);
  if (broken !== undefined) return wasUnreadable && row.reason !== broken.reason ? broken : undefined;
  if (wasUnreadable && row.pinned === '') return { status: afresh(found), reason: '' };
  if (wasUnreadable) return { status: 'quarantined', reason: 'it could not be read, and then it could again; look at it and approve it' };
  return row.hash === found.hash ? undefined : { status: 'quarantined', reason: row.reason };
}

function observedBack(row: SkillRow, found: FoundSkill): Observed {
  if (row.pinned === '') return { status: afresh(found), reason: '' };
  if (row.pinned === found.hash) return { status: skillTransitions.gone.return, reason: '' };
  return { status: skillTransitions.gone.change, reason: changed(row, found) };
}

function afresh(found: FoundSkill): SkillStatus {
  return isStaged(found.scope) ? skillTransitions.gone.stage : skillTransitions.gone.discover;
}

function changed(row: SkillRow, found: FoundSkill): string {
  return `other bytes than the approved ones were found: ${found.hash.slice(0, 12)} instead of ${row.pinned.slice(0, 12)}`;
}

function lostRows(rows: readonly SkillRow[], found: readonly FoundSkill[], scopes: readonly string[]): readonly SkillRow[] {
  const there = new Set(found.map(keyOf));
  return rows.filter((row) => row.status !== 'gone' && scopes.includes(row.scope) && !there.has(keyOf(row)));
}

async function insert(tx: WriteTransaction, found: FoundSkill, now: Observed): Promise<SkillRow> {
  const row = await tx.db
    .insertInto('skills')
    .values({ scope: found.scope, name: found.name, ...foundColumns(found, tx.at), ...now, pinned: '', approved_at: null, approved_by: null })
    .onConflict((conflict) => conflict.columns(['scope', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new RunAgain(`the skill ${found.name}`);
  return row;
}

function update(tx: WriteTransaction, { scope, name }: SkillRow, columns: Partial<SkillRow>): Promise<SkillRow> {
  return tx.db.updateTable('skills').set(columns).where('scope', '=', scope).where('name', '=', name).returningAll().executeTakeFirstOrThrow();
}
