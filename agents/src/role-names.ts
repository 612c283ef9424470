/**
 * Which names mean one role, for checking the file alone. The catalogue of roles has the same rule for everybody else (`resolveRole` of the roles package, which this package cannot know); a test of the daemon
 * compares the two.
 */

/** The roles there are without any configuration, with the names each answers to. */
export const builtInRoleNames = {
  lead: ['Lead / PM', 'pm', 'project manager', 'product manager', 'lead pm'],
  planner: [],
  developer: ['dev', 'engineer'],
  validator: ['qa', 'reviewer', 'tester'],
  release: ['Release Manager', 'release manager', 'rm'],
} as const satisfies Record<string, readonly string[]>;

/** To whom roles report that say nothing else: to the Lead, who reports to nobody. */
export const usualReportsTo = 'lead';

/** Letters of one script, so that no two names look alike and differ. */
export function isRoleName(name: string): boolean {
  return /^[\p{Script=Latin}\p{Nd}\p{Mn} /_.-]+$/u.test(name.normalize('NFKC')) && foldRoleName(name) !== '';
}

/** One spelling for all that mean the same: without regard to case, width and to what stands between the words. */
export function foldRoleName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s/_.-]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
}
