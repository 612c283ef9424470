/** What must be in the context of a role's turn before a model is asked. */
import type { Fence } from '@guildhall/kernel';
import { type Compliance, type Settled, done, refuse } from '@guildhall/protocol';
import type { Turn } from '@guildhall/sessions';
import { type AskedSkill, type PolicyRevision, askedSkills, complianceOf, narrowestSkill } from '@guildhall/skills';
import { loadedText, mostLoaded, type NamedSkill, skillPrompt } from './skill-prompt.ts';
import type { createTurnPolicies } from './turn-policy.ts';
import { type NewUse, offerSkill, type TurnSkillParts, type UsedSkill, useSkill } from './use-skill.ts';

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

interface ToPrepare {
  readonly turn: Turn;
  readonly fence: Fence;
  readonly work: SkilledWork | undefined;
}

interface Gathered {
  readonly uses: readonly NewUse[];
  readonly loaded: readonly string[];
  readonly offered: readonly NamedSkill[];
  /** Why skills that must be loaded are not. */
  readonly missing: readonly UsedSkill[];
}

export async function prepareSkills(
  parts: TurnSkillParts,
  turns: ReturnType<typeof createTurnPolicies>,
  { turn, fence, work }: ToPrepare,
): Promise<Settled<PreparedSkills>> {
  if (work === undefined) return done({ system: '', compliance: 'none', policyRev: null });
  const earlier = await parts.store.evidenceOfTurn(turn.id);
  const revision = await policyFor(parts, earlier);
  const policy = revision?.policy.get(work.role);
  const policyRev = revision?.rev ?? null;
  if (policy === undefined) return done({ system: '', compliance: 'none', policyRev });
  const asked = askedSkills(policy, { words: turn.message.text, labels: work.labels, paths: work.paths });
  const gathered = await gather(parts, turn.agent, asked);
  const recorded = await parts.store.recordEvidence(fence, {
    sessionKey: turn.sessionKey,
    turnId: turn.id,
    plan: work.plan,
    role: work.role,
    policyRev,
    uses: gathered.uses,
  });
  if (!recorded.ok) return recorded;
  if (policy.blocking && gathered.missing.length > 0) return refuseMissing(work, gathered.missing);
  const uses = mergedUses(earlier.uses, gathered.uses);
  const loaded = new Set(uses.filter(({ status }) => status === 'loaded').map(({ skill }) => skill));
  turns.remember(turn.id, { plan: work.plan, role: work.role, policyRev, policy, loaded });
  return done({ system: skillPrompt(gathered.loaded, gathered.offered), compliance: complianceOf(uses), policyRev });
}

/** A turn that began under a revision goes on under it. */
async function policyFor(
  { store }: TurnSkillParts,
  earlier: { readonly policyRev: number | null; readonly uses: readonly unknown[] },
): Promise<PolicyRevision | undefined> {
  if (earlier.uses.length > 0 && earlier.policyRev !== null) return store.readPolicy(earlier.policyRev);
  return store.policyInForce();
}

async function gather(parts: TurnSkillParts, agent: string, asked: readonly AskedSkill[]): Promise<Gathered> {
  const uses: NewUse[] = [];
  const loaded: string[] = [];
  const offered: NamedSkill[] = [];
  const missing: UsedSkill[] = [];
  let left = mostLoaded;
  for (const { skill: name, tier, because } of asked) {
    const known = tier === 'recommended' ? narrowestSkill(await parts.store.listSkills({ name }), agent) : undefined;
    if (known?.status === 'approved') {
      uses.push(offerSkill(known, tier));
      offered.push(known);
      continue;
    }
    const used = within(left, await useSkill(parts, { name, agent, tier, how: 'before-first-step' }));
    uses.push(used.use);
    if (used.text === undefined && tier !== 'recommended') missing.push({ ...used, why: `${used.why} (wanted because of ${because})` });
    if (used.text === undefined) continue;
    left -= used.text.length;
    loaded.push(loadedText(name, used.use.version, used.use.found, used.text));
  }
  return { uses, loaded, offered, missing };
}

/** Skills share a context; what does not fit is not loaded by half. */
function within(left: number, used: UsedSkill): UsedSkill {
  if (used.text === undefined || used.text.length <= left) return used;
  return {
    ...used,
    text: undefined,
    use: { ...used.use, status: 'too-large', how: 'not' },
    why: `${used.use.skill} does not fit: all skills of a turn together have at most ${mostLoaded} characters`,
  };
}

/** What an earlier attempt loaded in the middle of the turn is in its transcript. */
function mergedUses(earlier: readonly NewUse[], now: readonly NewUse[]): readonly NewUse[] {
  const named = new Set(now.map(({ skill }) => skill));
  return [...now, ...earlier.filter(({ skill }) => !named.has(skill))];
}

function refuseMissing(work: SkilledWork, missing: readonly UsedSkill[]): Settled<never> {
  const [first] = missing;
  const skills = missing.map(({ use }) => ({ skill: use.skill, wanted: use.wanted, found: use.found, status: use.status }));
  return refuse(
    'evidence-missing',
    `the role ${work.role} does not work without its skills, and ${missing.length === 1 ? 'one' : `${missing.length}`} could not be loaded: ${missing.map(({ why }) => why).join('; ')}. No model was asked. Look at it and approve it: guildhall skills show ${first?.use.skill ?? ''}`,
    { role: work.role, plan: work.plan, skills },
  );
}
