import fc from 'fast-check';
import { askStack, matchesPattern, toolGroups } from '@guildhall/authority';
import { describe, expect, test } from 'vitest';
import { toolNames, toolProfileNames, toolProfiles } from '../src/index.ts';
import { agentOf, configOf } from './configs.ts';

function allowedBy(fields: string): readonly string[] {
  const { policy } = agentOf(configOf(`agents: {a: {${fields}}}`), 'a');
  return toolNames.filter((tool) => askStack(policy, tool).allowed);
}

const sorted = (names: readonly string[]): readonly string[] => names.toSorted();

describe('the short forms', () => {
  test.each([
    ['nothing said is everything', '', toolNames],
    ['the profile minimal', 'tools: minimal', ['clarify', 'memory', 'todo', 'session_search']],
    ['the profile coding', 'tools: coding', toolProfiles.coding],
    ['the profile messaging', 'tools: messaging', toolProfiles.messaging],
    ['the profile full', 'tools: full', toolNames],
    ['a list', 'tools: [web_search, memory, clarify]', ['web_search', 'memory', 'clarify']],
    ['an empty list', 'tools: []', []],
    ['a map of nothing', 'tools: {}', toolNames],
    ['only a deny', 'tools: {deny: [terminal]}', toolNames.filter((name) => name !== 'terminal')],
    ['only an allow', 'tools: {allow: [todo]}', ['todo']],
    ['an empty allow', 'tools: {allow: []}', []],
    ['a profile and more', 'tools: {profile: minimal, also_allow: [terminal]}', [...toolProfiles.minimal, 'terminal']],
    ['a profile, more and less', 'tools: {profile: minimal, also_allow: [terminal], deny: [terminal, memory]}', ['clarify', 'todo', 'session_search']],
    ['a profile and an allow', 'tools: {profile: minimal, allow: [terminal]}', [...toolProfiles.minimal, 'terminal']],
    ['a group', 'tools: ["group:web"]', toolGroups.web],
    ['a prefix', 'tools: ["kanban_*"]', toolNames.filter((name) => name.startsWith('kanban_'))],
    ['everything but a group', 'tools: {profile: full, deny: ["group:fs"]}', toolNames.filter((name) => !(toolGroups.fs as readonly string[]).includes(name))],
    ['everything denied', 'tools: {profile: full, deny: ["*"]}', []],
    ['toolsets', 'toolsets: [minimal, web]', [...toolProfiles.minimal, ...toolGroups.web]],
    ['toolsets less something', 'toolsets: [web], tools: {deny: [web_extract]}', ['web_search']],
    ['toolsets and more', 'toolsets: [web], tools: {also_allow: [todo]}', ['web_search', 'web_extract', 'todo']],
    ['names in capitals', 'tools: [Terminal, " TODO "]', ['terminal', 'todo']],
  ] as const)('%s', (_, fields, tools) => {
    expect(sorted(allowedBy(fields))).toEqual(sorted(tools));
  });
});

test('MCP tools are allowed by server, by tool, or not', () => {
  const policyOf = (tools: string) => agentOf(configOf(`agents: {a: {mcp_servers: {gh: {command: gh}, db: {command: db}}, tools: ${tools}}}`), 'a').policy;
  expect(askStack(policyOf('{profile: coding, also_allow: ["mcp:gh/*"], deny: ["mcp:gh/delete_repo"]}'), 'mcp:gh/list').allowed).toBe(true);
  expect(askStack(policyOf('{profile: coding, also_allow: ["mcp:gh/*"], deny: ["mcp:gh/delete_repo"]}'), 'mcp:gh/delete_repo').allowed).toBe(false);
  expect(askStack(policyOf('{profile: coding, also_allow: ["mcp:gh/*"]}'), 'mcp:db/list').allowed).toBe(false);
  expect(askStack(policyOf('coding'), 'mcp:gh/list').allowed).toBe(false);
  expect(askStack(policyOf('full'), 'mcp:gh/list').allowed).toBe(true);
});

const pattern = fc.constantFrom<string>(...toolNames, 'group:fs', 'group:web', 'group:runtime', 'kanban_*', '*', 'mcp:*');
const profile = fc.option(fc.constantFrom(...toolProfileNames), { nil: undefined });
const patterns = fc.option(fc.array(pattern, { maxLength: 6 }), { nil: undefined });

test('what is denied anywhere in a policy is never allowed by it', () => {
  const policy = fc
    .record({ profile, also_allow: patterns, allow: patterns, deny: patterns })
    .filter((tools) => tools.also_allow === undefined || tools.profile !== undefined);
  fc.assert(
    fc.property(policy, fc.constantFrom<string>(...toolNames, 'mcp:x/y', 'unheard_of'), (tools, name) => {
      const layers = agentOf(configOf(JSON.stringify({ agents: { a: { tools } } })), 'a').policy;
      const denied = (tools.deny ?? []).some((denying) => matchesPattern(denying, name));
      if (denied) expect(askStack(layers, name).allowed).toBe(false);
      if (askStack(layers, name).allowed) {
        const said = tools.profile === undefined && tools.allow === undefined ? ['*'] : [...(tools.allow ?? []), ...(tools.also_allow ?? [])];
        const ofProfile = tools.profile === undefined ? [] : toolProfiles[tools.profile];
        expect([...said, ...(ofProfile === '*' ? ['*'] : ofProfile)].some((allowing) => matchesPattern(allowing, name))).toBe(true);
      }
    }),
    { numRuns: 1500 },
  );
});

test('a child that adds a layer never gains a tool', () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 6 }), fc.array(pattern, { maxLength: 6 }), fc.constantFrom<string>(...toolNames), (parent, child, name) => {
      const config = configOf(JSON.stringify({ agents: { parent: { tools: parent }, child: { tools: child } } }));
      const alone = agentOf(config, 'parent').policy;
      const together = [...alone, ...agentOf(config, 'child').policy];
      if (askStack(together, name).allowed) expect(askStack(alone, name).allowed).toBe(true);
    }),
    { numRuns: 500 },
  );
});
