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
  return /^[\p{Script=Latin}\p{Nd}\s/_.‐-―-]+$/u.test(name.normalize('NFKC')) && foldRoleName(name) !== '';
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
