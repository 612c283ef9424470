/** Who reports to whom, through however many others; a circle is refused. */
import fc from 'fast-check';
import { expectDone } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { canonicalRoles, createOrgChart } from '../src/index.ts';

const chain = [
  { role: 'lead', reportsTo: null },
  { role: 'developer', reportsTo: 'lead' },
  { role: 'junior', reportsTo: 'developer' },
  { role: 'validator', reportsTo: 'lead' },
];

test('a role reports to its superior and to that one’s superiors, and to nobody else', () => {
  const chart = expectDone(createOrgChart(chain));
  expect(chart.reportsTo('junior', 'lead')).toBe(true);
  expect(chart.reportsTo('junior', 'developer')).toBe(true);
  expect(chart.reportsTo('junior', 'validator')).toBe(false);
  expect(chart.reportsTo('lead', 'developer')).toBe(false);
  expect(chart.reportsTo('lead', 'lead')).toBe(false);
  expect(chart.reportsTo('nobody', 'lead')).toBe(false);
  expect(chart.reportsOf('lead')).toEqual(['developer', 'junior', 'validator']);
  expect(chart.superiorsOf('junior')).toEqual(['developer', 'lead']);
});

test('without a configuration everybody reports to the Lead', () => {
  const chart = expectDone(createOrgChart(canonicalRoles));
  expect(chart.reportsOf('lead')).toEqual(['planner', 'developer', 'validator', 'release']);
});

test('a circle and a superior there is none of are refused, with the names', () => {
  const circle = createOrgChart([
    { role: 'a', reportsTo: 'b' },
    { role: 'b', reportsTo: 'c' },
    { role: 'c', reportsTo: 'a' },
  ]);
  expect(circle).toMatchObject({ ok: false, refusal: { code: 'invalid-config', message: expect.stringContaining('a → b → c → a') } });
  expect(createOrgChart([{ role: 'a', reportsTo: 'a' }])).toMatchObject({ ok: false, refusal: { message: expect.stringContaining('a → a') } });
  expect(createOrgChart([{ role: 'a', reportsTo: 'z' }])).toMatchObject({
    ok: false,
    refusal: { code: 'invalid-config', message: expect.stringContaining('"z"') },
  });
});

test('any table is a chart in which nobody reports to themselves and reporting goes on, or has a circle', () => {
  const size = 7;
  const tables = fc.array(fc.option(fc.nat(size - 1)), { minLength: size, maxLength: size });
  fc.assert(
    fc.property(tables, (superiors) => {
      const roles = superiors.map((superior, index) => ({ role: `r${index}`, reportsTo: superior === null ? null : `r${superior}` }));
      const answer = createOrgChart(roles);
      const climbs = (from: number) => {
        let at: number | null = from;
        for (let steps = 0; at !== null && steps <= size; steps += 1) at = superiors[at] ?? null;
        return at === null;
      };
      expect(answer.ok).toBe(superiors.every((_, index) => climbs(index)));
      if (!answer.ok) return;
      for (const { role, reportsTo } of roles) {
        expect(answer.value.reportsTo(role, role)).toBe(false);
        const expected = reportsTo === null ? [] : [reportsTo, ...answer.value.superiorsOf(reportsTo)];
        expect(answer.value.superiorsOf(role)).toEqual(expected);
      }
    }),
  );
});
