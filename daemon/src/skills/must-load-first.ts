/** A tool call that touches a path for which policy wants a skill. */
import type { Fence } from '@guildhall/kernel';
import type { JsonObject } from '@guildhall/protocol';
import type { Turn } from '@guildhall/sessions';
import { askedSkills, narrowestSkill } from '@guildhall/skills';
import { touchedPaths } from './touched-paths.ts';
import type { TurnPolicy } from './turn-policy.ts';
import { offerSkill, type TurnSkillParts } from './use-skill.ts';

interface JudgedCall {
  readonly turn: Turn;
  readonly fence: Fence;
  readonly tool: string;
  readonly args: JsonObject;
}

/** Null when nothing is in its way. Where the role may work without, it is noted once that the skill was called for and not loaded. */
export async function mustLoadFirst(parts: TurnSkillParts, known: TurnPolicy | undefined, call: JudgedCall): Promise<string | null> {
  if (known === undefined) return null;
  const paths = touchedPaths(call.tool, call.args);
  if (paths.length === 0) return null;
  const triggered = askedSkills({ ...known.policy, required: [], recommended: [] }, { words: '', labels: [], paths });
  const lacking = triggered.filter(({ skill }) => !known.loaded.has(skill));
  const [first] = lacking;
  if (first === undefined) return null;
  if (known.policy.blocking)
    return `the role ${known.role} must read the skill "${first.skill}" before it touches this (${first.because}); load it first with load_skill {"name": "${first.skill}"}, then call again`;
  for (const { skill } of lacking) await noteCalledFor(parts, known, call, skill);
  return null;
}

async function noteCalledFor({ store }: TurnSkillParts, known: TurnPolicy, { turn, fence }: JudgedCall, name: string): Promise<void> {
  const skill = narrowestSkill(await store.listSkills({ name }), turn.agent);
  const use =
    skill === undefined
      ? { skill: name, tier: 'triggered' as const, status: 'missing' as const, version: '', wanted: '', found: '', how: 'not' as const }
      : offerSkill(skill, 'triggered');
  const { plan, role, policyRev } = known;
  // A lease that passed on is found by the call itself.
  await store.recordEvidence(fence, { sessionKey: turn.sessionKey, turnId: turn.id, plan, role, policyRev, uses: [use] });
}
