/** Who reports to whom. A role may ask work of those that report to it, directly or through others; nobody reports to themselves. */
import { done, refuse, type Settled } from '@guildhall/protocol';

export interface OrgChart {
  /** Does `role` report to `superior`, directly or through others? No role reports to itself. */
  reportsTo(role: string, superior: string): boolean;
  /** Everybody who reports to it, directly or through others, in the order they were given. */
  reportsOf(superior: string): readonly string[];
  /** Those a role reports to, nearest first. */
  superiorsOf(role: string): readonly string[];
}

/** `invalid-config` for a role that reports to one there is none of, and for a circle, whose roles it names. */
export function createOrgChart(roles: readonly { readonly role: string; readonly reportsTo: string | null }[]): Settled<OrgChart> {
  const superiorOf = new Map(roles.map(({ role, reportsTo }) => [role, reportsTo]));
  const chains = new Map<string, readonly string[]>();
  for (const { role, reportsTo } of roles) {
    if (reportsTo !== null && !superiorOf.has(reportsTo))
      return refuse(
        'invalid-config',
        `the role ${role} reports to "${reportsTo}", and there is no such role; name one of ${[...superiorOf.keys()].join(', ')}`,
        { role },
      );
    const chain = chainOf(role, superiorOf);
    if (chain.includes(role)) {
      const circle = [role, ...chain.slice(0, chain.indexOf(role) + 1)].join(' → ');
      return refuse('invalid-config', `the role ${role} reports to itself in a circle: ${circle}; let one of them report to nobody`, { role, circle });
    }
    chains.set(role, chain);
  }
  const superiorsOf = (role: string) => chains.get(role) ?? [];
  const reportsTo = (role: string, superior: string) => superiorsOf(role).includes(superior);
  return done({
    reportsTo,
    superiorsOf,
    reportsOf: (superior) => roles.flatMap(({ role }) => (reportsTo(role, superior) ? [role] : [])),
  });
}

/** Ends where the chain does, or where it comes to a role for the second time. */
function chainOf(role: string, superiorOf: ReadonlyMap<string, string | null>): readonly string[] {
  const chain: string[] = [];
  for (let next = superiorOf.get(role); next !== undefined && next !== null; next = superiorOf.get(next)) {
    if (chain.includes(next)) return chain;
    chain.push(next);
  }
  return chain;
}
