/** What a file says of handing work over, as the daemon then has it. */
import { readFileSync } from 'node:fs';
import { builtInActions } from '@guildhall/authority';
import { describe, expect, test } from 'vitest';
import { configJsonSchema, diffConfigs } from '../src/index.ts';
import { configOf, errorsIn, warningsIn } from './configs.ts';

const release = readFileSync(new URL('handoffs.yaml', import.meta.url), 'utf8');
const agents = 'agents: {a: {}, b: {}, c: {}}\n';

const full = `${agents}
session_triggers:
  enabled: true
  duplicate_window_seconds: 60
  approval_seconds: 120
  breaker: {failures: 3, rest_seconds: 30}
  sources:
    a:
      allowed_targets: [b, c, b]
      max_depth: 2
      max_concurrent_targets: 1
      default_risk: payroll
      require_human_confirmation_for: [high, payroll]
      forbidden_actions: [db_write, deploy]
      max_per_hour: 7
      budget: {usd_per_handoff: 0.1, tokens_per_handoff: 1000, usd_per_day: 1.5, tokens_per_day: 5000}
      edges: {b: {usd_per_day: 0.3, tokens_per_day: 2000}}
  targets:
    b: {allowed_sources: [a], max_concurrent: 2, max_waiting: 3, risk: public_infra}
    c: {}
actions:
  deploy: {tools: [send_message], argv: [make deploy, [git, push]], hosts: ["*.fly.io"], paths: [deploy/**]}
  nginx_reload: {argv: [caddy reload]}
risk_classes: {payroll: dangerous, public_infra: medium}
approvals: {approvers: ["telegram:12345", "telegram:12345"]}
limits: {chain_depth: 9}
budget: {usd_per_day: 20, tokens_per_day: 1000000, usd_per_plan: 2.5, tokens_per_plan: 90000}
`;

describe('the release round', () => {
  test('loads unchanged, without a warning', () => {
    const { sessionTriggers } = configOf(release);
    expect(sessionTriggers.enabled).toBe(true);
    expect(sessionTriggers.sources.get('director')).toMatchObject({
      allowedTargets: ['backend', 'frontend', 'qa', 'sre'],
      maxDepth: 1,
      maxConcurrentTargets: 4,
      defaultRisk: 'low',
      requireHumanConfirmationFor: ['dangerous', 'production_write', 'public_infra'],
    });
    expect(warningsIn(release)).toEqual([]);
  });

  test('says every key to an editor', () => {
    const text = JSON.stringify(configJsonSchema());
    for (const key of ['allowed_sources', 'max_per_hour', 'usd_per_handoff', 'risk_classes', 'approvers', 'chain_depth', 'duplicate_window_seconds'])
      expect(text).toContain(`"${key}"`);
  });
});

describe('a file that says everything', () => {
  const config = configOf(full);

  test('gives each source and target its rules', () => {
    expect(config.sessionTriggers).toEqual({
      enabled: true,
      duplicateWindowMs: 60_000,
      approvalTimeoutMs: 120_000,
      breaker: { failures: 3, restMs: 30_000 },
      sources: new Map([
        [
          'a',
          {
            allowedTargets: ['b', 'c'],
            maxDepth: 2,
            maxConcurrentTargets: 1,
            defaultRisk: 'payroll',
            requireHumanConfirmationFor: ['high', 'payroll'],
            forbiddenActions: ['db_write', 'deploy'],
            maxPerHour: 7,
            budget: { microUsdPerHandoff: 100_000, tokensPerHandoff: 1000, microUsdPerDay: 1_500_000, tokensPerDay: 5000 },
            edges: new Map([['b', { microUsdPerDay: 300_000, tokensPerDay: 2000 }]]),
          },
        ],
      ]),
      targets: new Map([
        ['b', { allowedSources: ['a'], maxConcurrent: 2, maxWaiting: 3, risk: 'public_infra' }],
        ['c', { allowedSources: '*', maxConcurrent: 1, maxWaiting: 10, risk: 'low' }],
      ]),
    });
  });

  test('splits a command at its spaces, and puts its own meaning of a name in place of ours', () => {
    expect(config.actions.get('deploy')).toEqual({
      tools: ['send_message'],
      argv: [
        ['make', 'deploy'],
        ['git', 'push'],
      ],
      hosts: ['*.fly.io'],
      paths: ['deploy/**'],
    });
    expect(config.actions.get('nginx_reload')).toEqual({ tools: [], argv: [['caddy', 'reload']], hosts: [], paths: [] });
    expect(config.actions.get('db_write')).toEqual(builtInActions.get('db_write'));
  });

  test('knows classes of risk, people who may say yes, and what all together may spend', () => {
    expect(config.riskClasses).toEqual(
      new Map([
        ['production_write', 'high'],
        ['public_infra', 'medium'],
        ['payroll', 'dangerous'],
      ]),
    );
    expect(config.approvers).toEqual(['telegram:12345']);
    expect(config.budget).toEqual({ microUsdPerDay: 20_000_000, tokensPerDay: 1_000_000, microUsdPerPlan: 2_500_000, tokensPerPlan: 90_000 });
    expect(config.limits.chainDepth).toBe(9);
  });
});

test('a file that says nothing hands nothing over', () => {
  const { sessionTriggers, actions, riskClasses, approvers, limits } = configOf('');
  expect(sessionTriggers).toMatchObject({ enabled: false, sources: new Map(), targets: new Map() });
  expect(actions).toEqual(builtInActions);
  expect([...riskClasses]).toEqual([
    ['production_write', 'high'],
    ['public_infra', 'high'],
  ]);
  expect(approvers).toEqual([]);
  expect(limits.chainDepth).toBe(16);
});

test('a mistake in an action makes no second one of who forbids it', () => {
  const text = `${agents}session_triggers: {sources: {a: {allowed_targets: [b], forbidden_actions: [deploy]}}}\nactions: {deploy: {pahts: [x]}}\n`;
  expect(errorsIn(text)).toEqual(['f:3:20 actions.deploy: unknown key "pahts" (did you mean "paths"?)']);
});

test('an approver on a platform that no message comes from is warned of', () => {
  expect(warningsIn('approvals: {approvers: ["telegrm:1"]}\n')).toEqual([
    'f:1:25 approvals.approvers[0]: no message comes from a platform "telegrm" (did you mean "telegram"?)',
  ]);
});

const immutable = [
  'telegram:12345',
  'discord:80351110224678912',
  'whatsapp:15551234567',
  'slack:U012AB3CD',
  'slack:W9',
  'signal:+15551234567',
  'signal:0f47ac10-58cc-4372-a567-0e02b2c3d479',
];
test.each(immutable)('%s names a person for good', (approver) => {
  expect(configOf(`approvals: {approvers: ["${approver}"]}\n`).approvers).toEqual([approver]);
});

const changing = [
  '@bob',
  'bob',
  'telegram:@bob',
  'telegram:bob',
  'telegram:',
  'discord:bob#1',
  'whatsapp:+1555',
  'slack:bob',
  'slack:u012ab3cd',
  'slack:C012AB3CD',
  'slack:12345',
  'signal:bob.42',
  'signal:5551234567',
  'matrix:@bob',
  'matrix:a bob',
  'matrix:',
  'constructor:@bob',
];
test.each(changing)('%s may be somebody else tomorrow', (approver) => {
  expect(errorsIn(`approvals: {approvers: ["${approver}"]}\n`)[0]).toContain('the id it gave the person for good');
});

test('what changed between two files is told key by key', () => {
  const looser = full.replace('max_depth: 2', 'max_depth: 5').replace('forbidden_actions: [db_write, deploy]', 'forbidden_actions: [db_write]');
  expect(diffConfigs(full, looser).keys).toEqual([
    { path: 'session_triggers.sources.a.forbidden_actions[1]', change: 'removed' },
    { path: 'session_triggers.sources.a.max_depth', change: 'changed' },
  ]);
});
