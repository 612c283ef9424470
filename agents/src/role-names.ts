/**
 * Which names mean one role, for checking the file alone. The catalogue of roles has the same rule for everybody else (`createRoleCatalogue` of the roles package, which this package cannot know); a test of the
 * daemon compares the two.
 */

/** The roles there are without any configuration, with the names each answers to. */
export const builtInRoleNames = {
  lead: ['Lead / PM', 'pm', 'project manager', 'product manager', 'lead pm'],
  planner: [],
  developer: ['dev', 'engineer'],
  validator: ['qa', 'reviewer', 'tester'],
  release: ['Release Manager', 'rm'],
} as const satisfies Record<string, readonly string[]>;

/** To whom roles report that say nothing else: to the Lead, who reports to nobody. */
export const usualReportsTo = 'lead';

/** Letters of one script, so that no two names look alike and differ. */
export function isRoleName(name: string): boolean {
  return name.length <= 120 && /^[\p{Script=Latin}\p{Nd} /_.‐-―-]+$/u.test(name.normalize('NFKC')) && foldRoleName(name) !== '';
}

/** May a title be a name of its role too? One with letters of another script is only shown. */
export function namesToo(title: string): boolean {
  return /^[\p{Script=Latin}\p{Script=Inherited}\p{Nd}\p{P}\p{S}\p{Zs}\t\n\r]+$/u.test(title.normalize('NFKC'));
}

/** The canonical form, which is the same for all spellings of a name: without regard to case, to compatibility forms and to what stands between the words. */
export function foldRoleName(name: string): string {
  // Upper case first: `ß` and `ſ` have the same upper case as `ss` and `s`.
  return name
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll(/[\s_.‐-―/-]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
}

/** The role a name means: a built-in one, or the folded name itself. */
export function canonicalRoleName(name: string): string {
  return builtInRole(name) ?? foldRoleName(name);
}

export function builtInRole(name: string): string | undefined {
  const wanted = foldRoleName(name);
  return Object.entries(builtInRoleNames).find(([role, names]) => role === wanted || names.some((other) => foldRoleName(other) === wanted))?.[0];
}
