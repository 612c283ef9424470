import { expect, test } from 'vitest';
import { diffConfigs, parseConfig } from '../src/index.ts';
import { configOf, errorsIn, warningsIn } from './configs.ts';

const homes = { home: '/home/me/.guildhall', userHome: '/home/me' };

test('a file that says nothing of roles and skills has none of its own', () => {
  const config = configOf('agents: {a: {}}');
  expect(config.roles).toEqual(new Map());
  expect(config.skillFolders).toEqual(new Map());
  expect(configOf('roles:\nskills:\n')).toEqual(configOf(''));
});

test('a role may be there and say nothing', () => {
  expect(configOf('roles: {tech-writer: }\n').roles.get('tech-writer')).toEqual({
    title: undefined,
    mission: undefined,
    responsibilities: undefined,
    aliases: [],
    reportsTo: undefined,
    filledBy: undefined,
    proof: undefined,
  });
});

test('what the file says of a role arrives as written', () => {
  const text = `agents: {main: {}, scribe: {}}
roles:
  Tech Writer:
    title: Technical writer
    mission: Says what was built.
    responsibilities: [read the change, write it down]
    aliases: [docs, 007]
    reports_to: Planner
    agent: scribe
    proof: artifact
  release: { person: true }
  lead: { reports_to: null }
`;
  expect(configOf(text).roles).toEqual(
    new Map([
      [
        'Tech Writer',
        {
          title: 'Technical writer',
          mission: 'Says what was built.',
          responsibilities: ['read the change', 'write it down'],
          aliases: ['docs', '007'],
          reportsTo: 'Planner',
          filledBy: { kind: 'agent', agent: 'scribe' },
          proof: 'artifact',
        },
      ],
      ['release', expect.objectContaining({ filledBy: { kind: 'person' } })],
      ['lead', expect.objectContaining({ reportsTo: null })],
    ]),
  );
  expect(warningsIn(text)).toEqual([]);
});

test('somebody may stand above the Lead', () => {
  expect(errorsIn('roles: {lead: {reports_to: chief}, chief: {reports_to: null}}')).toEqual([]);
  expect(errorsIn('roles: {lead: {reports_to: chief}, chief: {}}')).toEqual([
    'f:1:28 roles.lead.reports_to: roles report to one another in a circle: lead → chief → lead (one of them needs reports_to: null, or another superior)',
  ]);
});

test('one mistake in a role makes no others of what refers to it', () => {
  expect(errorsIn('roles: {chief: {reports_to: null, proof: x}, lead: {reports_to: chief}}')).toEqual([
    'f:1:42 roles.chief.proof: "x" is not one of artifact, action, answer',
  ]);
});

test('a circle is told once, however many roles it has', () => {
  const roles = Array.from({ length: 200 }, (_, index) => `r${index}: {reports_to: r${(index + 1) % 200}}`);
  expect(parseConfig(`roles: {${roles.join(', ')}}`, { file: 'f' }).errors).toHaveLength(1);
});

test('folders of skills are relative to the file, or to a person’s home', () => {
  const { config } = parseConfig('skills: {folders: {shop: ../shop/skills, till: ~/till, far: /srv/skills}}', { file: '/etc/guild/guildhall.yaml', homes });
  expect(config?.skillFolders).toEqual(
    new Map([
      ['shop', '/etc/shop/skills'],
      ['till', '/home/me/till'],
      ['far', '/srv/skills'],
    ]),
  );
});

test.each([
  ['the skills of the installation', 'skills'],
  ['the staging place', 'staged-skills/x'],
  ['the workspaces of plans', 'plans/p'],
  ['the workspace of an agent', 'agents/a/skills'],
  ['all of it', '.'],
])('a project keeps no skills in %s', (_, path) => {
  const { errors } = parseConfig(`agents: {a: {}}\nskills: {folders: {shop: ${path}}}`, { file: `${homes.home}/guildhall.yaml`, homes });
  expect(errors.map((error) => error.path)).toEqual(['skills.folders.shop']);
});

test('a change of roles is told key by key', () => {
  const before = 'roles: {qa: {aliases: [checker]}}\n';
  const after = 'roles: {qa: {aliases: [checker], person: true}, docs: }\nskills: {folders: {shop: s}}\n';
  expect(diffConfigs(before, after).keys).toEqual([
    { path: 'roles.docs', change: 'added' },
    { path: 'roles.qa.person', change: 'added' },
    { path: 'skills', change: 'added' },
  ]);
});

test('a title that means another role is refused; one in another script is only shown', () => {
  expect(errorsIn('roles: {writer: {title: "q. a"}, tester: {title: Q-A}}')).toEqual([
    'f:1:50 roles.tester.title: "Q-A" means the role writer already (take it away from one of them)',
  ]);
  expect(configOf('roles: {developer: {title: "\u958b\u767a"}}').roles.get('developer')?.title).toBe('\u958b\u767a');
});
