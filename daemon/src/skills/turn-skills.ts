/**
 * Skills in a turn: what policy wants loaded is loaded and proven before the first model step, the rest is offered by name. A skill is text in the prompt; nothing here grants, widens or approves.
 */
import type { Fence } from '@guildhall/kernel';
import { type Compliance, type JsonObject, type Settled, type SkillTier, done, refuse } from '@guildhall/protocol';
import type { ToolContext, Turn } from '@guildhall/sessions';

/** What a turn of a role works on, as far as policy can tell. */
export interface SkilledWork {
  readonly plan: string;
  /** A canonical role. */
  readonly role: string;
  readonly labels: readonly string[];
  readonly paths: readonly string[];
}

export interface PreparedSkills {
  /** Stands behind the agent's own prompt; empty when nothing is loaded or offered. */
  readonly system: string;
  readonly compliance: Compliance;
  readonly policyRev: number | null;
}

export interface OfferedSkill {
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
  /** The text of an approved skill, recorded as loaded. */
  load(name: string, context: ToolContext): Promise<Settled<string>>;
  /** Approved skills that fit the words, best first; all of them for no words, up to a cap. */
  search(words: string, context: ToolContext): Promise<readonly OfferedSkill[]>;
  /** Why the call must wait: it touches a path for which the role must load a skill first. Null when it need not. */
  beforeTool(turn: Turn, call: { readonly tool: string; readonly args: JsonObject }): Promise<string | null>;
}

export function createTurnSkills(): TurnSkills {
  return {
    prepare: async () => done({ system: '', compliance: 'none', policyRev: null }),
    load: async (name) => refuse('not-found', `there is no approved skill "${name.slice(0, 80)}"`),
    search: async () => [],
    beforeTool: async () => null,
  };
}
