/**
 * Skills in a turn: what policy wants loaded is loaded and proven before the first model step, the rest is offered by name. A skill is text in the prompt; nothing here grants, widens or approves.
 */
import type { Fence } from '@guildhall/kernel';
import { type JsonObject, type Settled, type SkillTier, done, refuse } from '@guildhall/protocol';
import type { ToolContext, Turn } from '@guildhall/sessions';
import { readBeside } from './file-beside.ts';
import { mustLoadFirst } from './must-load-first.ts';
import { type PreparedSkills, prepareSkills, type SkilledWork } from './prepare-skills.ts';
import { searchSkills } from './search-skills.ts';
import { besideText, loadedText, shortened } from './skill-prompt.ts';
import { createTurnPolicies, tierOf } from './turn-policy.ts';
import { type TurnSkillParts, useSkill } from './use-skill.ts';

interface OfferedSkill {
  readonly name: string;
  readonly description: string;
  /** Where policy names it for the role of the turn. */
  readonly tier?: SkillTier;
}

export interface TurnSkills {
  /**
   * Loads what policy wants, with its evidence under the lease. `evidence-missing` when the role must not work without a skill that cannot be loaded: it names the skill, the hash that was wanted and
   * what was found. A turn that is taken up again gets the same text, and nothing is recorded twice. `work` is undefined outside of roles.
   */
  prepare(turn: Turn, fence: Fence, work: SkilledWork | undefined): Promise<Settled<PreparedSkills>>;
  /** The text of an approved skill, recorded as loaded; with `path` an approved file beside it, and the skill first where the turn has not read it yet. */
  load(name: string, context: ToolContext, path?: string): Promise<Settled<string>>;
  /** Approved skills that fit the words, best first; all of them for no words, up to a cap. */
  search(words: string, context: ToolContext): Promise<readonly OfferedSkill[]>;
  /** Why the call must wait: it touches a path for which the role must load a skill first. Null when it need not; where policy only wants it, the evidence says that it was not loaded. */
  beforeTool(turn: Turn, fence: Fence, call: { readonly tool: string; readonly args: JsonObject }): Promise<string | null>;
}

const skillFile = 'SKILL.md';

export function createTurnSkills(parts: TurnSkillParts): TurnSkills {
  const turns = createTurnPolicies();
  return {
    prepare: (turn, fence, work) => prepareSkills(parts, turns, { turn, fence, work }),
    beforeTool: (turn, fence, call) => mustLoadFirst(parts, turns.of(turn.id), { turn, fence, ...call }),

    async load(name, { agent, sessionKey, turnId, fence }, path = skillFile) {
      const known = turns.of(turnId);
      const used = await useSkill(parts, { name, agent, tier: tierOf(known?.policy, name), how: 'by-tool' });
      const beside = used.text === undefined || path === skillFile ? done('') : await readBeside(used, name, path);
      if (!beside.ok) return beside;
      const place = { plan: known?.plan ?? null, role: known?.role ?? null, policyRev: known?.policyRev ?? null };
      const recorded = await parts.store.recordEvidence(fence, { sessionKey, turnId, ...place, uses: [used.use] });
      if (!recorded.ok) return recorded;
      if (used.text === undefined)
        return refuse(used.use.status === 'changed' ? 'wrong-state' : 'not-found', `${used.why}. Nothing was loaded; say so, and do not make up what it says`, {
          skill: name,
        });
      const { version, found } = used.use;
      const file = path === skillFile ? '' : besideText(name, path, found, beside.value);
      if (file !== '' && known?.loaded.has(name) === true) return done(file);
      known?.loaded.add(name);
      return done([loadedText(name, version, found, used.text), file].filter((part) => part !== '').join('\n\n'));
    },

    async search(words, { agent, turnId }) {
      const known = turns.of(turnId);
      const found = searchSkills(await parts.store.listSkills({}), agent, words);
      return shortened(
        found.map(({ name, description }) => {
          const tier = tierOf(known?.policy, name);
          return { name, description, ...(tier === 'asked' ? {} : { tier }) };
        }),
      );
    },
  };
}
