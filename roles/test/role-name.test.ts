/** A name means one role however it is written, or it is refused. */
import fc from 'fast-check';
import { expectDone } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { canonicalRoles, createRoleCatalogue } from '../src/index.ts';

const catalogue = expectDone(createRoleCatalogue(canonicalRoles));
const names = canonicalRoles.flatMap((definition) =>
  [definition.role, definition.title, ...definition.aliases].map((name) => ({ name, role: definition.role })),
);

function refusalOf(text: string) {
  const answer = catalogue.resolve(text);
  if (answer.ok) throw new Error(`"${text}" means ${answer.value.role}`);
  return answer.refusal;
}

const separator = fc.stringMatching(/^[ _\-./\u00A0\u2013]{1,4}$/);
const width = fc.constantFrom('plain', 'wide', 'upper', 'lower');

function dressed(character: string, how: string): string {
  if (how === 'upper') return character.toUpperCase();
  if (how === 'lower') return character.toLowerCase();
  const code = character.charCodeAt(0);
  return how === 'wide' && code > 0x20 && code < 0x7f ? String.fromCharCode(code + 0xfee0) : character;
}

/** The letters of a name in any case and width, its words with anything usual between them. */
const spelling = fc
  .tuple(fc.constantFrom(...names), fc.array(width, { minLength: 20, maxLength: 20 }), fc.array(separator, { minLength: 6, maxLength: 6 }), fc.boolean())
  .map(([{ name, role }, widths, between, isPadded]) => {
    const words = name.split(/[ /]+/).map((word) => [...word].map((character, index) => dressed(character, widths[index] ?? 'plain')).join(''));
    const joined = words.map((word, index) => (index === 0 ? word : `${between[index] ?? ' '}${word}`)).join('');
    return { role, text: isPadded ? `  ${joined}\t` : joined };
  });

test('every usual spelling of every name is its role', () => {
  fc.assert(
    fc.property(spelling, ({ role, text }) => {
      expect(expectDone(catalogue.resolve(text)).role).toBe(role);
    }),
    { numRuns: 500 },
  );
});

test.each(['LEAD', 'lead / pm', 'Lead / PM', 'Lead-PM', ' Project_Manager ', 'ＬＥＡＤ', 'PM.'])('%s is the Lead', (text) => {
  expect(expectDone(catalogue.resolve(text))).toMatchObject({ role: 'lead', title: 'Lead / PM' });
});

test('whatever is written is one role or a refusal that shows it, and never a fault', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme' })), (text) => {
      const answer = catalogue.resolve(text);
      if (answer.ok) return expect(canonicalRoles).toContain(answer.value);
      expect(['not-found', 'invalid-input']).toContain(answer.refusal.code);
      expect(answer.refusal.message.isWellFormed()).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['Lеad', 'е', 'U+0435'],
  ['dеveloper', 'е', 'U+0435'],
  ['νalidator', 'ν', 'U+03BD'],
  ['lead\u200b', '\u200b', 'U+200B'],
  ['re\u202elease', '\u202e', 'U+202E'],
])('%s is refused, with the character and its code point', (text, character, codePoint) => {
  const refusal = refusalOf(text);
  expect(refusal).toMatchObject({ code: 'invalid-input', details: { character, codePoint } });
  expect(refusal.message).toContain(codePoint);
});

test.each([
  ['developr', 'developer'],
  ['Validater', 'validator'],
  ['Project Manger', 'lead'],
  ['planer', 'planner'],
])('%s is not there, and %s is near', (text, near) => {
  expect(refusalOf(text)).toMatchObject({ code: 'not-found', details: { nearest: near }, message: expect.stringContaining(`did you mean ${near}?`) });
});

test('what is near to nothing is refused with the roles there are', () => {
  const { code, message, details } = refusalOf('astronaut');
  expect({ code, details }).toEqual({ code: 'not-found', details: { role: 'astronaut' } });
  for (const { role } of canonicalRoles) expect(message).toContain(role);
  for (const text of ['', ' ', '/', 'constructor', '__proto__', 'toString']) expect(refusalOf(text).code).toBe('not-found');
});

test('a configuration adds roles, and no name means two of them', () => {
  const [lead] = canonicalRoles;
  if (lead === undefined) throw new Error('there is no Lead');
  const scribe = { ...lead, role: 'scribe', title: 'Écrivain', aliases: ['writer'], reportsTo: 'lead' };
  expect(expectDone(expectDone(createRoleCatalogue([...canonicalRoles, scribe])).resolve('ÉCRIVAIN')).role).toBe('scribe');
  for (const alias of ['Q.A.', 'QA', 'ｑａ', 'Release-Manager']) {
    const refused = createRoleCatalogue([...canonicalRoles, { ...scribe, aliases: [alias] }]);
    expect(refused.ok).toBe(alias === 'Q.A.');
  }
  expect(createRoleCatalogue([...canonicalRoles, { ...scribe, aliases: ['wrіter'] }])).toMatchObject({
    ok: false,
    refusal: { details: { codePoint: 'U+0456' } },
  });
});
