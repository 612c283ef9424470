/** Skills as one daemon has them: what turns ask of them and what people do. */
import { done } from '@guildhall/protocol';
import type { Foundation } from '../foundation.ts';
import { skillOperations } from '../operations/skills/skill-operations.ts';
import { rolesInForce } from '../roles/role-catalogue.ts';
import type { SkillOperations } from '../skill-operations.ts';
import { openSkillShelf } from './skill-shelf.ts';
import { createTurnSkills, type TurnSkills } from './turn-skills.ts';

interface SkillParts {
  readonly foundation: Pick<Foundation, 'store' | 'ids' | 'config'>;
  readonly home: string;
  readonly workspaceOf: (agent: string) => Promise<string>;
}

export interface OpenSkills {
  readonly turns: TurnSkills;
  readonly operations: SkillOperations;
  /** Looks through every folder of skills. Answers what is odd there, in sentences. */
  look(): Promise<readonly string[]>;
}

export async function openSkills({ foundation, home, workspaceOf }: SkillParts): Promise<OpenSkills> {
  const { ids, config } = foundation;
  const store = foundation.store.skills;
  const shelf = await openSkillShelf({ store, ids, home, config: config.current, workspaceOf });
  const roles = rolesInForce(config.current);
  const roleOf = (written: string) => {
    const role = roles().resolve(written);
    return role.ok ? done(role.value.role) : role;
  };
  return { turns: createTurnSkills({ store, shelf }), operations: skillOperations({ store, shelf, roleOf }), look: shelf.look };
}
