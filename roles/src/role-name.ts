/**
 * The catalogue of roles: which canonical role a name means, however it is written. Names are compared in compatibility form and without regard to case, and a run of spaces, `_`, `-`, `.` and `/` is
 * one space; so `LEAD`, `lead / pm` and `Lead-PM` are one role. Letters that only look like Latin ones are refused, by name: a role of another alphabet would be another role that nobody can tell apart.
 */
import { done, refuse, type ProofKind, type Settled } from '@guildhall/protocol';

export interface RoleDefinition {
  /** The canonical name. */
  readonly role: string;
  readonly title: string;
  readonly mission: string;
  readonly responsibilities: readonly string[];
  readonly aliases: readonly string[];
  readonly reportsTo: string | null;
  /** What must be there for its work to have succeeded, where the work itself does not say. */
  readonly proof: ProofKind;
}

export interface RoleCatalogue {
  readonly roles: readonly RoleDefinition[];
  /** `invalid-input` for letters of another script, `not-found` with the nearest name for a role there is none of. */
  resolve(text: string): Settled<RoleDefinition>;
}

export const canonicalRoles: readonly RoleDefinition[] = [
  {
    role: 'lead',
    title: 'Lead / PM',
    mission: 'Bring the plan to its goal: divide the work, judge what is found, and say when it is complete.',
    responsibilities: ['ask work of the roles that report to it', 'decide about every finding', 'complete the plan'],
    aliases: ['pm', 'project manager', 'product manager', 'lead pm'],
    reportsTo: null,
    proof: 'action',
  },
  {
    role: 'planner',
    title: 'Planner',
    mission: 'Turn the goal into steps small enough to be done and checked.',
    responsibilities: ['write the plan down', 'name what each step must leave behind'],
    aliases: [],
    reportsTo: 'lead',
    proof: 'artifact',
  },
  {
    role: 'developer',
    title: 'Developer',
    mission: 'Make what the plan asks for, and mend what is accepted as a finding.',
    responsibilities: ['change the work itself', 'leave it in a state that can be checked'],
    aliases: ['dev', 'engineer'],
    reportsTo: 'lead',
    proof: 'artifact',
  },
  {
    role: 'validator',
    title: 'Validator',
    mission: 'Find out whether the work does what it should, and report what does not.',
    responsibilities: ['report findings with evidence', 'look again at what was mended'],
    aliases: ['qa', 'reviewer', 'tester'],
    reportsTo: 'lead',
    proof: 'action',
  },
  {
    role: 'release',
    title: 'Release Manager',
    mission: 'Bring what was validated to those who use it.',
    responsibilities: ['put the release together', 'write down what changed'],
    aliases: ['release manager', 'rm'],
    reportsTo: 'lead',
    proof: 'artifact',
  },
];

/** Refuses a catalogue in which one name means two roles, or a name has letters of another script. */
export function createRoleCatalogue(roles: readonly RoleDefinition[]): Settled<RoleCatalogue> {
  const byName = new Map<string, RoleDefinition>();
  for (const definition of roles) {
    for (const name of [definition.role, definition.title, ...definition.aliases]) {
      const stranger = findStranger(name);
      if (stranger !== undefined) return refuseStranger(name, stranger);
      const key = foldRoleName(name);
      const other = byName.get(key);
      if (other !== undefined && other.role !== definition.role) {
        return refuse('invalid-config', `"${name}" would mean both the role ${other.role} and the role ${definition.role}; give one of them another name`, {
          name,
        });
      }
      byName.set(key, definition);
    }
  }
  return done({ roles, resolve: (text) => resolve(byName, text) });
}

function resolve(byName: ReadonlyMap<string, RoleDefinition>, text: string): Settled<RoleDefinition> {
  const stranger = findStranger(text);
  if (stranger !== undefined) return refuseStranger(text, stranger);
  const key = foldRoleName(text);
  const found = byName.get(key);
  if (found !== undefined) return done(found);
  const names = [...new Set([...byName.values()].map(({ role }) => role))];
  const near = nearest(key, [...byName.keys()]);
  const hint = near === undefined ? `the roles are ${names.join(', ')}` : `did you mean ${byName.get(near)?.role ?? near}? The roles are ${names.join(', ')}`;
  return refuse('not-found', `there is no role "${shown(text)}"; ${hint}`, {
    role: shown(text),
    ...(near === undefined ? {} : { nearest: byName.get(near)?.role ?? near }),
  });
}

/** Two spellings of one name are equal here. */
function foldRoleName(text: string): string {
  // Upper case first: `ß` and `ſ` have the same upper case as `ss` and `s`.
  return text
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll(/[\s_\-.‐-―/]+/gu, ' ')
    .trim();
}

/** The first character that is no Latin letter, figure, mark of a Latin letter or sign. */
function findStranger(text: string): string | undefined {
  for (const character of text.normalize('NFKC')) {
    const isUsual =
      /^[\p{Script=Latin}\p{Nd}\p{Script=Inherited}\p{P}\p{S}\p{Zs}\t\n\r]$/u.test(character) && !/^[\p{Cf}\p{Cc}]$/u.test(character.replace(/[\t\n\r]/, ' '));
    if (!isUsual) return character;
  }
  return undefined;
}

function refuseStranger(text: string, character: string): Settled<never> {
  const codePoint = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const sentence = `"${shown(text)}" has the character "${character}" (${codePoint}), which is no Latin letter; write the name of the role with Latin letters`;
  return refuse('invalid-input', sentence, { role: shown(text), character, codePoint });
}

function shown(text: string): string {
  return text.toWellFormed().slice(0, 120);
}

/** The name that fewest changes lead to, where those are at most a third of it. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((candidate) => ({ candidate, distance: editDistance(name.slice(0, 120), candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .toSorted((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return ranked[0]?.candidate;
}

function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1);
      line.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
