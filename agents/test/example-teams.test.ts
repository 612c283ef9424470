import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { route } from '../src/index.ts';
import { agentOf, configOf, warningsIn } from './configs.ts';

const textOf = (name: string): string => readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8');

test('four agents with two bindings load as written', () => {
  const config = configOf(textOf('agents.yaml'));
  expect([...config.agents.keys()]).toEqual(['main', 'coder', 'assistant', 'family']);
  expect(config.defaultAgent).toBe('main');
  expect(agentOf(config, 'coder').model).toBe('anthropic/claude-sonnet-4');
  expect(agentOf(config, 'coder').policy[0]?.allow).toContain('terminal');
  expect(agentOf(config, 'assistant').policy).toEqual([{ source: 'agent assistant', allow: ['web_search', 'memory', 'clarify'], deny: [] }]);
});

test('a message to the chat of the coder is explained, with every rule that lost', () => {
  const config = configOf(textOf('agents.yaml'));
  expect(route(config, { platform: 'telegram', chat: '-100123456' })).toEqual({
    agent: 'coder',
    tier: 1,
    rule: { path: 'bindings[0]', line: 22, matches: 'telegram, chat -100123456' },
    losers: [
      { path: 'bindings[1]', line: 24, matches: 'whatsapp', agent: 'assistant', tier: 6, reason: 'it wants platform whatsapp, and the message has telegram' },
      { path: 'default', line: null, matches: 'everything no binding claims', agent: 'main', tier: 7, reason: 'it matches, but tier 1 goes before tier 7' },
    ],
  });
});

test('a director who may hand work to four others loads as written', () => {
  const config = configOf(textOf('handoffs.yaml'));
  expect(config.defaultAgent).toBe('director');
  expect(config.sessionTriggers).toEqual({
    enabled: true,
    sources: new Map([
      [
        'director',
        {
          allowedTargets: ['backend', 'frontend', 'qa', 'sre'],
          maxDepth: 1,
          maxConcurrentTargets: 4,
          defaultRisk: 'low',
          requireHumanConfirmationFor: ['dangerous', 'production_write', 'public_infra'],
          forbiddenActions: [],
          maxPerHour: 60,
          budget: { microUsdPerHandoff: undefined, tokensPerHandoff: undefined, microUsdPerDay: undefined, tokensPerDay: undefined },
          edges: new Map(),
        },
      ],
    ]),
    targets: new Map(),
    duplicateWindowMs: 600_000,
    approvalTimeoutMs: 3_600_000,
    breaker: { failures: 5, restMs: 600_000 },
  });
  expect(route(config, { platform: 'telegram', chat: '-1000000000003' }).agent).toBe('frontend');
});

test('neither earns a warning', () => {
  expect(warningsIn(textOf('agents.yaml'))).toEqual([]);
  expect(warningsIn(textOf('handoffs.yaml'))).toEqual([]);
});
