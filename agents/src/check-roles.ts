/** What the roles of a configuration say about one another: each name means one role, everybody reports to somebody there is, and never in a circle. */
import type { ConfigPath } from './config-error.ts';
import type { WrittenRole } from './config-schema.ts';
import type { Draft, Findings } from './draft.ts';
import { meantHint, nearest } from './nearest.ts';
import { builtInRoleNames, foldRoleName, namesToo, usualReportsTo } from './role-names.ts';

type Owners = ReadonlyMap<string, string>;

export function checkRoles(draft: Draft, findings: Findings): void {
  const roles = Object.entries(draft.written.roles ?? {}).map(([name, role]) => [name, role ?? {}] as const);
  const owners = ownersOfNames(draft, findings);
  for (const [name, role] of roles) {
    checkNames(name, role, owners, findings);
    checkFilling(name, role, draft, findings);
    checkSuperior(name, role, owners, findings);
  }
  checkCircles(roles, owners, findings);
}

/** By folded name, the role it means. What the file says goes before the built-in names. */
function ownersOfNames(draft: Draft, findings: Findings): Owners {
  const owners = new Map<string, string>();
  const written = new Map<string, string>();
  for (const [role, names] of Object.entries(builtInRoleNames)) for (const name of [role, ...names]) owners.set(foldRoleName(name), role);
  for (const name of draft.roleNames) {
    const role = owners.get(foldRoleName(name)) ?? foldRoleName(name);
    const before = written.get(role);
    if (before !== undefined) findings.keyError(['roles', name], `"${name}" and "${before}" are one role, ${role}`, 'keep one of them');
    written.set(role, name);
    owners.set(foldRoleName(name), role);
  }
  for (const [name, role] of Object.entries(draft.written.roles ?? {})) {
    const own = owners.get(foldRoleName(name)) ?? name;
    for (const { text } of otherNamesOf(role ?? {})) if (!owners.has(foldRoleName(text))) owners.set(foldRoleName(text), own);
  }
  return owners;
}

function checkNames(name: string, role: WrittenRole, owners: Owners, findings: Findings): void {
  const own = owners.get(foldRoleName(name));
  for (const { text, at } of otherNamesOf(role)) {
    const owner = owners.get(foldRoleName(text));
    if (owner !== own) findings.error(['roles', name, ...at], `"${text}" means the role ${owner} already`, 'take it away from one of them');
  }
}

/** A title is a name too, unless it is in another script: that one is only shown. */
function otherNamesOf({ title, aliases }: WrittenRole): readonly { readonly text: string; readonly at: ConfigPath }[] {
  const titles = title !== undefined && namesToo(title) ? [{ text: title, at: ['title'] }] : [];
  return [...titles, ...(aliases ?? []).map((text, index) => ({ text, at: ['aliases', index] }))];
}

function checkFilling(name: string, role: WrittenRole, draft: Draft, findings: Findings): void {
  const { agent, person } = role;
  if (agent === undefined) return;
  if (person === true) findings.error(['roles', name, 'agent'], 'the role is filled by a person and by an agent', 'keep agent, or person: true');
  if (!draft.agentIds.includes(agent)) findings.error(['roles', name, 'agent'], `there is no agent "${agent}"`, meantHint(agent, draft.agentIds, 'agents'));
}

function checkSuperior(name: string, role: WrittenRole, owners: Owners, findings: Findings): void {
  const superior = role.reports_to;
  if (typeof superior !== 'string' || owners.has(foldRoleName(superior))) return;
  const near = owners.get(nearest(foldRoleName(superior), owners.keys()) ?? '');
  const hint = near === undefined ? `roles: ${[...new Set(owners.values())].slice(0, 20).join(', ')}` : `did you mean "${near}"?`;
  findings.error(['roles', name, 'reports_to'], `there is no role "${superior}"`, hint);
}

/** Told once for each circle, at the role through which the file closes it. */
function checkCircles(roles: readonly (readonly [string, WrittenRole])[], owners: Owners, findings: Findings): void {
  const written = new Map(roles.map(([name, role]) => [owners.get(foldRoleName(name)) ?? name, role.reports_to]));
  const above = (role: string): string | undefined => {
    const superior = written.get(role);
    if (superior === null) return undefined;
    if (superior === undefined) return role === usualReportsTo ? undefined : usualReportsTo;
    return owners.get(foldRoleName(superior));
  };
  const told = new Set<string>();
  for (const [name, role] of roles) {
    if (typeof role.reports_to !== 'string') continue;
    const circle = circleThrough(owners.get(foldRoleName(name)) ?? name, above);
    if (circle === undefined || circle.some((member) => told.has(member))) continue;
    for (const member of circle) told.add(member);
    const way = [...circle, circle[0]].join(' → ');
    findings.error(['roles', name, 'reports_to'], `roles report to one another in a circle: ${way}`, 'one of them needs reports_to: null, or another superior');
  }
}

function circleThrough(start: string, above: (role: string) => string | undefined): readonly string[] | undefined {
  const way = [start];
  for (let next = above(start); next !== undefined; next = above(next)) {
    if (next === start) return way;
    if (way.includes(next)) return undefined;
    way.push(next);
  }
  return undefined;
}
