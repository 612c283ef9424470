/** What policy says of one turn, remembered while it runs: tools that touch a path are judged by it. */
import type { SkillUseView } from '@guildhall/protocol';
import type { RolePolicy } from '@guildhall/skills';

export interface TurnPolicy {
  readonly plan: string;
  readonly role: string;
  readonly policyRev: number | null;
  readonly policy: RolePolicy;
  /** Skills that are in the context of the turn. */
  readonly loaded: Set<string>;
}

/** More than run at once; what falls out is prepared again before its next step, when the turn is taken up again. */
const mostRemembered = 2_000;

export function createTurnPolicies() {
  const turns = new Map<string, TurnPolicy>();
  return {
    remember(turnId: string, policy: TurnPolicy): void {
      turns.delete(turnId);
      turns.set(turnId, policy);
      for (const oldest of turns.keys()) {
        if (turns.size <= mostRemembered) return;
        turns.delete(oldest);
      }
    },
    of: (turnId: string) => turns.get(turnId),
  };
}

/** Where policy names the skill for the role; `asked` where it does not. */
export function tierOf(policy: RolePolicy | undefined, skill: string): SkillUseView['tier'] {
  if (policy?.required.includes(skill) === true) return 'required';
  if (policy?.triggered.some((trigger) => trigger.skill === skill) === true) return 'triggered';
  return policy?.recommended.includes(skill) === true ? 'recommended' : 'asked';
}
