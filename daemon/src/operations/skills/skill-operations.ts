/** What the doors ask about skills and their policy. Nobody but a person gets here: the doors ask for the operator's credential, and no tool is made of these verbs. */
import type { Credential } from '@guildhall/authority';
import { type Settled, type SkillDetail, done, refuse } from '@guildhall/protocol';
import { type Skill, type SkillStore, isStaged, scopeOf } from '@guildhall/skills';
import type { SkillOperations } from '../../skill-operations.ts';
import { actorOf } from '../messages.ts';
import { policyOperations } from './policy-operations.ts';
import type { SkillDeps } from './skill-deps.ts';
import { chooseToApprove, narrowest, rowOf } from './which-skill.ts';
import { viewSkill } from './views.ts';

export function skillOperations(deps: SkillDeps): SkillOperations {
  const { store, shelf } = deps;
  const looked = async (name?: string): Promise<readonly Skill[]> => {
    await shelf.look();
    const skills = await store.listSkills(name === undefined ? {} : { name });
    return skills.filter(({ status, pinned }) => status !== 'gone' || pinned !== '');
  };
  return {
    listSkills: async () => (await looked()).map(viewSkill),

    async readSkill(name, scope) {
      const skill = narrowest(await looked(name), scope);
      return skill === undefined ? noSkill(name, scope) : done(await detailOf(store, skill));
    },

    async stageSkill({ path, scope = 'global' }) {
      const staged = await shelf.stage(path, scope);
      return staged.ok ? done(viewSkill(staged.value)) : staged;
    },

    async approveSkill(name, { hash, scope }, by: Credential) {
      const chosen = chooseToApprove(await looked(name), { name, hash, scope });
      if (!chosen.ok) return chosen;
      const approved = await shelf.approve(chosen.value, actorOf(by));
      return approved.ok ? done(viewSkill(approved.value)) : approved;
    },

    async quarantineSkill(name, { reason, scope }, by: Credential) {
      const skill = rowOf(await looked(name), scope);
      if (skill === undefined) return noSkill(name, scope);
      const quarantined = await store.quarantineSkill(skill.scope, name, reason, actorOf(by));
      return quarantined.ok ? done(viewSkill(quarantined.value)) : quarantined;
    },

    readDrift: async (query) => {
      await shelf.look();
      return store.readDrift(query);
    },
    ...policyOperations(deps),
  };
}

/** The text that lies there, and the approved one where that is another. */
async function detailOf(store: SkillStore, skill: Skill): Promise<SkillDetail> {
  const inUse = isStaged(skill.scope) ? await store.readSkill(scopeOf(skill.scope), skill.name) : skill;
  const pinned = inUse?.pinned ?? '';
  const approvedText = pinned === '' || pinned === skill.hash ? undefined : await store.readSkillText(pinned);
  return { ...viewSkill(skill), text: (await store.readSkillText(skill.hash)) ?? '', approvedText: approvedText ?? null };
}

function noSkill(name: string, scope?: string): Settled<never> {
  const where = scope === undefined ? '' : ` in ${scope.slice(0, 80)}`;
  return refuse('not-found', `there is no skill "${name.slice(0, 80)}"${where}; list them with: guildhall skills list`, { name });
}
