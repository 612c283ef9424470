import type { SkillStore } from '@guildhall/skills';
import { settle, type Database } from '../database.ts';
import { approveSkill, quarantineSkill } from './judge-skills.ts';
import { observeSkills } from './observe-skills.ts';
import { evidenceVerbs } from './skill-evidence.ts';
import { policyVerbs } from './skill-policies.ts';
import { toSkill } from './skill-rows.ts';

export function skillStore(database: Database): SkillStore {
  return {
    observeSkills: (found, scopes) => observeSkills(database, found, scopes),
    approveSkill: (found, actor) => settle(database, (tx) => approveSkill(tx, found, actor)),
    quarantineSkill: (scope, name, reason, actor) => settle(database, (tx) => quarantineSkill(tx, scope, name, reason, actor)),
    readSkill: (scope, name) =>
      database.read(async (db) => {
        const row = await db.selectFrom('skills').selectAll().where('scope', '=', scope).where('name', '=', name).executeTakeFirst();
        return row === undefined ? undefined : toSkill(row);
      }),
    listSkills: ({ status, name }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('skills')
          .selectAll()
          .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'approved'))
          .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))
          .orderBy('name')
          .orderBy('scope')
          .execute();
        return rows.map(toSkill);
      }),
    readSkillText: (hash) =>
      database.read(async (db) => {
        const row = await db.selectFrom('skill_texts').select('text').where('hash', '=', hash).executeTakeFirst();
        return row?.text;
      }),
    ...policyVerbs(database),
    ...evidenceVerbs(database),
  };
}
