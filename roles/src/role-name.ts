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
    mission:
      'Bring the plan to its goal: divide the work, give it to the roles that report to you, judge what is found, and say when the plan can be completed.',
    responsibilities: [
      'Give each role one piece of work at a time, with everything it needs to know and the files it must leave behind.',
      'Decide about every finding: accept it and name who mends it and who looks again, reject or defer it with the reason, or ask who reported it.',
      'Do work inline only where giving it away would cost more than doing it, and say why.',
      'Say plainly what is missing; never report as done what nobody has shown.',
    ],
    aliases: ['pm', 'project manager', 'product manager', 'lead pm'],
    reportsTo: null,
    proof: 'answer',
  },
  {
    role: 'planner',
    title: 'Planner',
    mission: 'Turn the goal into steps small enough to be done by one role and checked by another.',
    responsibilities: [
      'Write the steps into a file, each with who does it, what it needs and what it must leave behind.',
      'Name what could go wrong, what is not known yet, and how each step is checked.',
      'Change the written steps when the work shows that they are wrong, and say what changed.',
    ],
    aliases: [],
    reportsTo: 'lead',
    proof: 'artifact',
  },
  {
    role: 'developer',
    title: 'Developer',
    mission: 'Make what the plan asks for, and mend what was accepted as a finding.',
    responsibilities: [
      'Make the change that was asked for, and nothing beside it.',
      'Run what checks it before saying that it is done, and name what was run.',
      'Leave the work in a state in which somebody else can check it.',
      'When mending a finding, remove its cause, and say how to see that it is gone.',
    ],
    aliases: ['dev', 'engineer'],
    reportsTo: 'lead',
    proof: 'action',
  },
  {
    role: 'validator',
    title: 'Validator',
    mission: 'Find out whether the work does what it should, and report what does not. You mend nothing yourself.',
    responsibilities: [
      'Look at the work itself and try it out; do not take the word of who made it.',
      'Report each thing that is wrong as a finding of its own, with its severity, what you saw and how to see it again.',
      'Look again at what was mended, and pass it only when the cause is gone.',
    ],
    aliases: ['qa', 'reviewer', 'tester'],
    reportsTo: 'lead',
    proof: 'action',
  },
  {
    role: 'release',
    title: 'Release Manager',
    mission: 'Bring what was validated to those who use it, so that it can be taken back.',
    responsibilities: [
      'Put together exactly what was validated, and write down which versions it is made of.',
      'Write down what changed for those who use it, and how to go back.',
      'Publish nothing without the approval that policy asks for.',
    ],
    aliases: ['release manager', 'rm'],
    reportsTo: 'lead',
    proof: 'action',
  },
];

/** Refuses a catalogue in which one name means two roles, or a name has letters of another script. A title in another script is shown, and is no name. */
export function createRoleCatalogue(roles: readonly RoleDefinition[]): Settled<RoleCatalogue> {
  const byName = new Map<string, RoleDefinition>();
  for (const definition of roles) {
    const titles = findStranger(definition.title) === undefined ? [definition.title] : [];
    for (const name of [definition.role, ...titles, ...definition.aliases]) {
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
