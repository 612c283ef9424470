/** What a person says of a skill. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { isStaged, skillTransitions, stagedFor, type FoundSkill, type Skill } from '@guildhall/skills';
import { RunAgain, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { SkillRow } from '../role-schema.ts';
import { storableText } from '../stored-text.ts';
import { foundColumns, holdSkills, keepText, noSkill, skillEvent, toSkill } from './skill-rows.ts';

export async function approveSkill(tx: WriteTransaction, found: FoundSkill, actor: string): Promise<Settled<Skill>> {
  const { scope, name, hash } = found;
  if (isStaged(scope)) return refuse('wrong-state', `${name} lies in the staging place still; it is approved where it is used`, { name, scope });
  if (hash === '' || found.problem !== '') return refuse('wrong-state', `${name} cannot be approved: ${found.problem}`, { name, scope });
  const held = await holdSkills(tx, [scope, stagedFor(scope)], name);
  const before = held.find((row) => row.scope === scope);
  const staged = held.find((row) => row.scope !== scope && row.status !== 'gone');
  if (staged !== undefined)
    await tx.db
      .updateTable('skills')
      .set({ status: 'gone', hash: '', files: '[]', pinned: '' })
      .where('scope', '=', staged.scope)
      .where('name', '=', name)
      .execute();
  if (before?.status === 'approved' && before.pinned === hash) return done(toSkill(before));
  await keepText(tx, found);
  const columns = {
    ...foundColumns(found, tx.at),
    status: skillTransitions[before?.status ?? 'discovered'].approve,
    reason: '',
    pinned: hash,
    approved_at: tx.at,
    approved_by: actor,
  };
  const row = await tx.db
    .insertInto('skills')
    .values({ scope, name, ...columns })
    .onConflict((conflict) => conflict.columns(['scope', 'name']).doUpdateSet(columns))
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new RunAgain(`the skill ${name}`);
  await appendInTransaction(tx, [
    skillEvent('skill.approved', row, actor, { before: before === undefined || before.pinned === '' ? undefined : before.pinned }),
  ]);
  return done(toSkill(row));
}

export async function quarantineSkill(tx: WriteTransaction, scope: string, name: string, reason: string, actor: string): Promise<Settled<Skill>> {
  const [before] = await holdSkills(tx, [scope], name);
  if (before === undefined) return noSkill(scope, name);
  const row: SkillRow = await tx.db
    .updateTable('skills')
    .set({ status: skillTransitions[before.status].quarantine, reason: storableText(reason), pinned: '', approved_at: null, approved_by: null })
    .where('scope', '=', scope)
    .where('name', '=', name)
    .returningAll()
    .executeTakeFirstOrThrow();
  await appendInTransaction(tx, [
    skillEvent('skill.quarantined', row, actor, { reason: row.reason, before: before.pinned === '' ? undefined : before.pinned }),
  ]);
  return done(toSkill(row));
}
