import { expectDone } from '@guildhall/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { addToConfig, importOrgChart } from '../src/index.ts';
import { configOf } from './configs.ts';

const team = 'agents: {main: {}, ada: {}, developer: {}}\n';
const imported = (text: string) => expectDone(importOrgChart(text, ['main', 'ada', 'developer']));
const inForce = (text: string) => configOf(expectDone(addToConfig(team, { agents: [], roles: imported(text).roles }))).roles;

describe('a list of agents that report to one another', () => {
  const company = `company: Acme
agents:
  - id: 7f3c
    name: Grace
    role: ceo
    title: Chief Executive
    capabilities: Sets the direction
    adapterType: claude_local
    budgetMonthlyCents: 5000
  - name: Ada
    role: engineer
    reportsTo: 7f3c
    capabilities: |
      - Writes code
      - Reviews code
  - name: Linus
    role: engineer
    title: Backend Engineer
    reportsTo: Grace
  - name: Marie
    role: Release Manager
    type: human
    reportsTo: Ada
  - name: Nobody
    reportsTo: Zuse
`;

  test('becomes roles, one for each of them', () => {
    expect(imported(company).roles).toEqual({
      lead: { title: 'ceo', responsibilities: ['Sets the direction'], aliases: ['7f3c', 'Grace', 'Chief Executive'] },
      developer: { title: 'engineer', responsibilities: ['Writes code', 'Reviews code'], aliases: ['Ada'], agent: 'ada' },
      'backend-engineer': { title: 'Backend Engineer', aliases: ['Linus'] },
      release: { title: 'Release Manager', aliases: ['Marie'], reports_to: 'developer', person: true },
      nobody: { title: 'Nobody' },
    });
  });

  test('tells what it took another way and what it left out', () => {
    const { notes, unsupported } = imported(company);
    expect(notes).toEqual(['7f3c stands at the top, and is the Lead here']);
    expect(unsupported).toEqual([
      '7f3c: adapterType',
      '7f3c: budgetMonthlyCents',
      'company',
      'Linus: the name engineer, which means another role or none here',
      'Nobody: reports to Zuse, who is not in the chart; here it reports to the Lead',
    ]);
  });

  test('is valid in the file it goes into', () => {
    expect([...inForce(company).keys()]).toEqual(['lead', 'developer', 'backend-engineer', 'release', 'nobody']);
  });
});

describe('a tree of reports', () => {
  test('gives each role its superior', () => {
    const tree = `lead:
  mission: Ship it.
  reports:
    - planner
    - tech lead:
    - role: Tech Writer
      reports: { illustrator: , QA: { responsibilities: [look twice] } }
`;
    expect(imported(tree).roles).toEqual({
      lead: { mission: 'Ship it.' },
      planner: {},
      'tech-writer': { title: 'Tech Writer' },
      illustrator: { reports_to: 'tech-writer' },
      validator: { title: 'QA', responsibilities: ['look twice'], reports_to: 'tech-writer' },
    });
    expect(imported(tree).unsupported).toEqual(['lead: a member without a name, {"tech lead":null}']);
  });

  test('may begin with one member', () => {
    expect(imported('name: Boss\nreports: [dev, qa]\n').roles).toEqual({ lead: { title: 'Boss' }, developer: { title: 'dev' }, validator: { title: 'qa' } });
  });
});

test('our own words arrive as they are, checked with the file', () => {
  expect(imported('roles: {qa: {person: true, proof: answer}, docs: }\nowner: me\n')).toEqual({
    roles: { qa: { person: true, proof: 'answer' }, docs: {} },
    notes: [],
    unsupported: ['owner'],
  });
  const wrong = addToConfig(team, { agents: [], roles: imported('roles: {qa: {reports_to: dve}}').roles });
  expect(wrong.ok ? '' : wrong.refusal.message).toContain('there is no role "dve" (did you mean "developer"?)');
});

test('a chart of other letters, and two of one name, are told and not guessed', () => {
  const { roles, notes, unsupported } = imported('members: [{name: "\\u958b\\u767a"}, {name: Ann, title: cook}, {name: Ann, title: Cook}]');
  expect(roles).toEqual({ cook: { reports_to: null }, ann: { title: 'Ann', reports_to: null } });
  expect(unsupported).toEqual([
    '\u958b\u767a: none of its names is free to be a role of its own; give it a title',
    'Ann: the name Ann, which means another role or none here',
    'Ann: the name Cook, which means another role or none here',
  ]);
  expect(notes).toHaveLength(1);
});

test('what the file says of a role already is not written over, however it is spelt', () => {
  const refused = addToConfig('roles: {QA: {person: true}}\n', { agents: [], roles: { validator: {} } });
  expect(refused.ok ? undefined : refused.refusal.code).toBe('already-exists');
});

test('comments stay, and a file without agents gets none', () => {
  expect(expectDone(addToConfig('# ours\nmodel: openai/x # cheap\n', { agents: [], roles: { docs: { reports_to: null } } }))).toBe(
    '# ours\nmodel: openai/x # cheap\nroles:\n  docs:\n    reports_to: null\n',
  );
});

test.each(['', '[]', 'just words', '{a: 1}', 'a: [', '--- {}\n--- {}\n', '[[[[]]]]'])('%j is no chart', (text) => {
  const refused = importOrgChart(text, []);
  expect(refused.ok ? undefined : refused.refusal.code).toBe('invalid-input');
});

test('every chart becomes a file that loads, or a refusal', () => {
  const word = fc.constantFrom('lead', 'PM', 'dev', 'QA', 'q-a', 'Tech Writer', 'tech_writer', 'Ada', 'ada', '\u958b', '', 'a'.repeat(130));
  const member = fc.record({ id: word, name: word, title: word, reportsTo: word, capabilities: fc.array(word) }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(member, { maxLength: 8 }), (members) => {
      const answer = importOrgChart(stringify({ agents: members }), ['ada']);
      const added = answer.ok ? addToConfig(team, { agents: [], roles: answer.value.roles }) : answer;
      if (answer.ok && added.ok) expect(configOf(added.value).roles.size).toBe(Object.keys(answer.value.roles).length);
      else expect(added.ok ? '' : added.refusal.message).toMatch(answer.ok ? 'in a circle' : 'no roles were found');
    }),
  );
});
