/** The file's own reading of names of roles, and the catalogue's, are two programs with one rule. */
import { parseConfig } from '@guildhall/agents';
import { canonicalRoles, createRoleCatalogue } from '@guildhall/roles';
import { expectDone } from '@guildhall/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rolesInForce } from '../src/roles/role-catalogue.ts';

const load = (roles: object) => parseConfig(JSON.stringify({ agents: { main: {}, coder: {} }, roles }), { file: 'f' });

function rolesOf(roles: object) {
  const { config, errors } = load(roles);
  expect(errors).toEqual([]);
  if (config === undefined) throw new Error('no configuration');
  return rolesInForce(() => config)();
}

const builtInNames = canonicalRoles.flatMap(({ role, title, aliases }) => [role, title, ...aliases].map((name) => [name, role] as const));

test.each(builtInNames)('%s means %s in the file as in the catalogue', (name, role) => {
  expect(load({ [role]: {}, [` ${name.toUpperCase()}`.trim()]: {} }).errors.map(({ message }) => message)).toEqual(
    name.toUpperCase() === role ? [] : [expect.stringContaining(`are one role, ${role}`)],
  );
  expect(rolesOf({ [name]: { mission: 'another' } }).find(role)?.mission).toBe('another');
});

test.each([
  ['straße', 'STRASSE'],
  ['ﬁxer', 'Fixer'],
  ['ſky', 'SKY'],
  ['Tech Writer', 'tech_-writer'],
  ['a—b', 'A / b'],
])('%s and %s are one role in both', (one, other) => {
  expect(load({ [one]: {}, [other]: {} }).errors.map(({ message }) => message)).toEqual([expect.stringContaining('are one role')]);
  expect(expectDone(rolesOf({ [one]: {} }).resolve(other)).role).toBe(expectDone(rolesOf({ [other]: {} }).resolve(one)).role);
});

test('a file that loads makes a catalogue and an org chart, whatever names it has', () => {
  const builtIn = expectDone(createRoleCatalogue(canonicalRoles));
  const word = fc.oneof(
    fc.constantFrom(
      'lead',
      'PM',
      'Lead / PM',
      'dev',
      'QA',
      'q-a',
      'Tech Writer',
      'tech_writer',
      'straße',
      'STRASSE',
      'ﬁxer',
      'QA!',
      'R&D',
      'r & d',
      '\u958b\u767a',
      'l\u0435ad',
    ),
    fc.string({ unit: fc.constantFrom(...Array.from('aAéßſıİ -_./‐—\t1')), maxLength: 6 }),
  );
  const role = fc.record(
    { title: word, aliases: fc.array(word, { maxLength: 2 }), reports_to: fc.option(word), agent: fc.constantFrom('main', 'coder') },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.dictionary(word, role, { maxKeys: 4 }), (written) => {
      const { config } = load(written);
      if (config === undefined) return;
      const roles = rolesInForce(() => config)();
      for (const name of config.roles.keys()) expect(roles.resolve(name).ok).toBe(true);
      const canonical = new Set([...config.roles.keys()].map((name) => expectDone(roles.resolve(name)).role));
      expect(canonical.size).toBe(config.roles.size);
      for (const { role: known } of builtIn.roles) expect(roles.find(known)).toBeDefined();
    }),
    { numRuns: 2000 },
  );
});

test('who fills a role: who is named, else the agent of its name, else the default agent', () => {
  const roles = rolesOf({ developer: { agent: 'coder' }, coder: {}, release: { person: true } });
  expect(['developer', 'coder', 'release', 'lead'].map((role) => roles.fillerOf(role))).toEqual([
    { kind: 'agent', agent: 'coder' },
    { kind: 'agent', agent: 'coder' },
    { kind: 'person' },
    { kind: 'agent', agent: 'main' },
  ]);
});
