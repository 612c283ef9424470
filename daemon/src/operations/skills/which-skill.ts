/** Which of several skills of one name a person means. */
import { type Settled, done, refuse } from '@guildhall/protocol';
import { type Skill, isStaged, scopeOf } from '@guildhall/skills';

/** One that waits to be approved comes first: it is what there is to look at. */
export function narrowest(skills: readonly Skill[], scope?: string): Skill | undefined {
  const meant = skills.filter((skill) => scope === undefined || scopeOf(skill.scope) === scope);
  return meant.toSorted((a, b) => rankOf(b) - rankOf(a) || (a.scope < b.scope ? -1 : 1))[0];
}

/** For taking out of use: what is in use before what waits. */
export function rowOf(skills: readonly Skill[], scope?: string): Skill | undefined {
  const inUse = skills.filter((skill) => !isStaged(skill.scope));
  return narrowest(inUse, scope) ?? narrowest(skills, scope);
}

/** `wrong-state` when other bytes lie there than the hash says; `invalid-input` when several could be meant. */
export function chooseToApprove(
  skills: readonly Skill[],
  { name, hash, scope }: { readonly name: string; readonly hash: string | undefined; readonly scope: string | undefined },
): Settled<Skill> {
  const there = skills.filter((skill) => skill.hash !== '' && (scope === undefined || scopeOf(skill.scope) === scope));
  const broken = skills.find((skill) => skill.status === 'quarantined' && skill.hash === '');
  if (there.length === 0 && broken !== undefined) return refuse('wrong-state', `${name} cannot be approved: ${broken.reason}`, { name });
  if (there.length === 0) return refuse('not-found', `there is no skill "${name.slice(0, 80)}" to approve; list them with: guildhall skills list`, { name });
  const same = hash === undefined ? there : there.filter((skill) => skill.hash === hash);
  if (same.length === 0)
    return refuse(
      'wrong-state',
      `${name} is ${there.map((skill) => skill.hash.slice(0, 12)).join(' and ')} now, not ${hash?.slice(0, 12) ?? ''}; look at it again: guildhall skills show ${name}`,
      {
        name,
        found: there.map((skill) => skill.hash),
      },
    );
  const open = same.filter((skill) => skill.status !== 'approved');
  const [chosen, ...others] = open.length > 0 ? open : same;
  if (chosen !== undefined && others.length === 0) return done(chosen);
  const choices = [chosen, ...others].flatMap((skill) => (skill === undefined ? [] : [`${scopeOf(skill.scope)} ${skill.hash.slice(0, 12)} (${skill.status})`]));
  return refuse('invalid-input', `there are several skills "${name}": ${choices.join(', ')}; say which by scope and hash`, { name });
}

function rankOf({ scope }: Skill): number {
  const width = scopeOf(scope).startsWith('agent:') ? 2 : scopeOf(scope).startsWith('project:') ? 1 : 0;
  return (isStaged(scope) ? 10 : 0) + width;
}
