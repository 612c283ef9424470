import { describe, expect, test } from 'vitest';
import { configJsonSchema, configKeyPaths } from '../src/index.ts';
import { configOf } from './configs.ts';

/** For each key there is: a text without it, and the same text with it. What they stand for must differ. */
const agent = (fields: string): string => `agents: {a: {${fields}}, b: {}}\n`;
const server = (fields: string): string => agent(`mcp_servers: {x: {${fields}}}`);
const source = (fields: string): string => `${agent('')}session_triggers: {sources: {a: {allowed_targets: [b]${fields}}}}\n`;
const target = (fields: string): string => `${agent('')}session_triggers: {targets: {b: {${fields}}}}\n`;
const triggers = (fields: string): string => `${agent('')}session_triggers: {${fields}}\n`;
const action = (fields: string): string => `${agent('')}actions: {deploy: {paths: [x], ${fields}}}\n`;
const binding = (fields: string): string => `${agent('')}bindings: [{agent: b, ${fields}}]\n`;
const hook = (fields: string): string => `${agent('')}hooks: [{event: before_turn, ${fields}}]\n`;
const role = (fields: string): string => `${agent('')}roles: {qa: {${fields}}}\n`;

const samples: Readonly<Record<string, readonly [without: string, having: string]>> = {
  'agents.*.description': [agent(''), agent('description: hi')],
  'agents.*.default': [agent(''), 'agents: {a: {}, b: {default: true}}\n'],
  'agents.*.model': [agent(''), agent('model: openai/x')],
  'agents.*.provider': [agent('model: openai/x'), agent('model: openai/x, provider: openrouter')],
  'agents.*.personality': [agent(''), agent('personality: Kind.')],
  'agents.*.personality.file': [agent(''), agent('personality: {file: a.md}')],
  'agents.*.workspace': [agent(''), agent('workspace: /w')],
  'agents.*.toolsets[]': [agent('toolsets: []'), agent('toolsets: [web]')],
  'agents.*.tools': [agent(''), agent('tools: coding')],
  'agents.*.tools[]': [agent('tools: []'), agent('tools: [todo]')],
  'agents.*.tools.profile': [agent('tools: {allow: []}'), agent('tools: {profile: minimal, allow: []}')],
  'agents.*.tools.also_allow[]': [agent('tools: {profile: minimal}'), agent('tools: {profile: minimal, also_allow: [terminal]}')],
  'agents.*.tools.allow[]': [agent('tools: {allow: []}'), agent('tools: {allow: [todo]}')],
  'agents.*.tools.deny[]': [agent('tools: {deny: []}'), agent('tools: {deny: [todo]}')],
  'agents.*.reasoning': [agent(''), agent('reasoning: high')],
  'agents.*.max_turns': [agent(''), agent('max_turns: 3')],
  'agents.*.sandbox': [agent(''), agent('sandbox: require')],
  'agents.*.fallback_model': [agent(''), agent('fallback_model: openai/x')],
  'agents.*.memory_enabled': [agent(''), agent('memory_enabled: false')],
  'agents.*.subagents.max_depth': [agent(''), agent('subagents: {max_depth: 2}')],
  'agents.*.subagents.max_children': [agent(''), agent('subagents: {max_children: 2}')],
  'agents.*.subagents.model': [agent(''), agent('subagents: {model: openai/x}')],
  'agents.*.dm_scope': [agent(''), agent('dm_scope: per_peer')],
  'agents.*.mcp_servers.*.command': [server('command: x'), server('command: y')],
  'agents.*.mcp_servers.*.args[]': [server('command: x'), server('command: x, args: [1]')],
  'agents.*.mcp_servers.*.env.*': [server('command: x'), server('command: x, env: {A: b}')],
  'agents.*.mcp_servers.*.url': [server('command: x'), server('url: "http://h"')],
  'agents.*.mcp_servers.*.headers.*': [server('url: "http://h"'), server('url: "http://h", headers: {A: b}')],
  'agents.*.budget.usd_per_day': [agent(''), agent('budget: {usd_per_day: 0.1}')],
  'agents.*.budget.tokens_per_day': [agent(''), agent('budget: {tokens_per_day: 5}')],
  'agents.*.budget.usd_per_turn': [agent(''), agent('budget: {usd_per_turn: 0.1}')],
  'agents.*.without_asking.commands[][]': [agent(''), agent('without_asking: {commands: [[npm, test]]}')],
  'agents.*.without_asking.web_hosts[]': [agent(''), agent('without_asking: {web_hosts: [docs.example.org]}')],
  'agents.*.without_asking.send_to[]': [agent(''), agent('without_asking: {send_to: ["telegram:1"]}')],
  'agents.*.busy': [agent(''), agent('busy: steer')],
  'bindings[].agent': [binding('slack: 1'), `${agent('')}bindings: [{agent: a, slack: 1}]\n`],
  'bindings[].platform': [binding('platform: slack'), binding('platform: "*"')],
  'bindings[].account': [binding('platform: slack'), binding('platform: slack, account: 1')],
  'bindings[].chat': [binding('platform: slack'), binding('platform: slack, chat: 1')],
  'bindings[].peer': [binding('platform: slack'), binding('platform: slack, peer: 1')],
  'bindings[].guild': [binding('platform: discord'), binding('platform: discord, guild: 1')],
  'bindings[].team': [binding('platform: slack'), binding('platform: slack, team: 1')],
  'bindings[].chat_type': [binding('platform: slack'), binding('platform: slack, chat_type: dm')],
  'bindings[].thread': [binding('platform: slack, chat: 1'), binding('platform: slack, chat: 1, thread: 1')],
  ...Object.fromEntries(
    ['web', 'terminal', 'api', 'telegram', 'discord', 'slack', 'whatsapp', 'signal', 'email', 'webhook'].map((platform) => [
      `bindings[].${platform}`,
      [agent(''), binding(`${platform}: 1`)] as const,
    ]),
  ),
  model: [agent(''), `${agent('')}model: openai/x\n`],
  fallback_model: [agent(''), `${agent('')}fallback_model: openai/x\n`],
  'providers.*.type': ['providers: {openai: {}}', 'providers: {openai: {type: openrouter}}'],
  'providers.*.base_url': ['providers: {openai: {}}', 'providers: {openai: {base_url: "http://h"}}'],
  'providers.*.api_key': ['providers: {openai: {}}', 'providers: {openai: {api_key: env:A}}'],
  'prices.*.input': ['prices: {openai/x: {input: 1, output: 2, cached_input: 0}}', 'prices: {openai/x: {input: 3, output: 2, cached_input: 0}}'],
  'prices.*.output': ['prices: {openai/x: {input: 1, output: 2}}', 'prices: {openai/x: {input: 1, output: 3}}'],
  'prices.*.cached_input': ['prices: {openai/x: {input: 1, output: 2}}', 'prices: {openai/x: {input: 1, output: 2, cached_input: 0.1}}'],
  'subagent.model': ['', 'subagent: {model: openai/x}'],
  'channels.*.platform': ['channels: {x: {platform: telegram, url: "http://h"}}', 'channels: {x: {platform: slack, url: "http://h"}}'],
  'channels.*.url': ['channels: {x: {platform: telegram, url: "http://h"}}', 'channels: {x: {platform: telegram, url: "http://i"}}'],
  'channels.*.secret': ['channels: {x: {platform: telegram, url: "http://h"}}', 'channels: {x: {platform: telegram, url: "http://h", secret: env:A}}'],
  'session_triggers.enabled': [source(''), `${agent('')}session_triggers: {enabled: true, sources: {a: {allowed_targets: [b]}}}\n`],
  'session_triggers.sources.*.allowed_targets[]': [source(''), `${agent('')}session_triggers: {sources: {a: {allowed_targets: []}}}\n`],
  'session_triggers.sources.*.max_depth': [source(''), source(', max_depth: 0')],
  'session_triggers.sources.*.max_concurrent_targets': [source(''), source(', max_concurrent_targets: 2')],
  'session_triggers.sources.*.default_risk': [source(''), source(', default_risk: high')],
  'session_triggers.sources.*.require_human_confirmation_for[]': [source(''), source(', require_human_confirmation_for: [low]')],
  'session_triggers.sources.*.forbidden_actions[]': [source(''), source(', forbidden_actions: [db_write]')],
  'session_triggers.sources.*.max_per_hour': [source(''), source(', max_per_hour: 2')],
  'session_triggers.sources.*.budget.usd_per_handoff': [source(''), source(', budget: {usd_per_handoff: 0.1}')],
  'session_triggers.sources.*.budget.tokens_per_handoff': [source(''), source(', budget: {tokens_per_handoff: 5}')],
  'session_triggers.sources.*.budget.usd_per_day': [source(', budget: {usd_per_handoff: 1}'), source(', budget: {usd_per_handoff: 1, usd_per_day: 2}')],
  'session_triggers.sources.*.budget.tokens_per_day': [
    source(', budget: {tokens_per_handoff: 1}'),
    source(', budget: {tokens_per_handoff: 1, tokens_per_day: 2}'),
  ],
  'session_triggers.sources.*.edges.*.usd_per_day': [
    source(', budget: {usd_per_handoff: 1}, edges: {b: {}}'),
    source(', budget: {usd_per_handoff: 1}, edges: {b: {usd_per_day: 1}}'),
  ],
  'session_triggers.sources.*.edges.*.tokens_per_day': [
    source(', budget: {tokens_per_handoff: 1}, edges: {b: {}}'),
    source(', budget: {tokens_per_handoff: 1}, edges: {b: {tokens_per_day: 1}}'),
  ],
  'session_triggers.targets.*.allowed_sources': [target('allowed_sources: []'), target('allowed_sources: "*"')],
  'session_triggers.targets.*.allowed_sources[]': [target('allowed_sources: []'), target('allowed_sources: [a]')],
  'session_triggers.targets.*.max_concurrent': [target(''), target('max_concurrent: 2')],
  'session_triggers.targets.*.max_waiting': [target(''), target('max_waiting: 2')],
  'session_triggers.targets.*.risk': [target(''), target('risk: production_write')],
  'session_triggers.duplicate_window_seconds': [triggers(''), triggers('duplicate_window_seconds: 0')],
  'session_triggers.approval_seconds': [triggers(''), triggers('approval_seconds: 1')],
  'session_triggers.breaker.failures': [triggers(''), triggers('breaker: {failures: 1}')],
  'session_triggers.breaker.rest_seconds': [triggers(''), triggers('breaker: {rest_seconds: 1}')],
  'actions.*.tools[]': [action(''), action('tools: [terminal]')],
  'actions.*.argv[]': [action(''), action('argv: [make deploy]')],
  'actions.*.argv[][]': [action(''), action('argv: [[make, deploy]]')],
  'actions.*.hosts[]': [action(''), action('hosts: [api.example.org]')],
  'actions.*.paths[]': [action(''), `${agent('')}actions: {deploy: {paths: [y]}}\n`],
  'risk_classes.*': [agent(''), `${agent('')}risk_classes: {payroll: high}\n`],
  'budget.usd_per_day': [agent(''), `${agent('')}budget: {usd_per_day: 1}\n`],
  'budget.tokens_per_day': [agent(''), `${agent('')}budget: {tokens_per_day: 1}\n`],
  'budget.usd_per_plan': [agent(''), `${agent('')}budget: {usd_per_plan: 1}\n`],
  'budget.tokens_per_plan': [agent(''), `${agent('')}budget: {tokens_per_plan: 1}\n`],
  'roles.*.title': [role(''), role('title: Tester')],
  'roles.*.mission': [role(''), role('mission: Find out.')],
  'roles.*.responsibilities[]': [role(''), role('responsibilities: [look]')],
  'roles.*.aliases[]': [role(''), role('aliases: [checker]')],
  'roles.*.reports_to': [role(''), role('reports_to: developer')],
  'roles.*.agent': [role(''), role('agent: b')],
  'roles.*.person': [role(''), role('person: true')],
  'roles.*.proof': [role(''), role('proof: answer')],
  'skills.folders.*': ['', 'skills: {folders: {shop: ./shop-skills}}'],
  'hooks[].event': [hook('command: [x]'), `${agent('')}hooks: [{event: after_tool, command: [x]}]\n`],
  'hooks[].command[]': [hook('command: [x]'), hook('command: [x, y]')],
  'hooks[].url': [hook('command: [x]'), hook('url: "http://h"')],
  'hooks[].agents[]': [hook('command: [x]'), hook('command: [x], agents: [a]')],
  'hooks[].timeout_seconds': [hook('command: [x]'), hook('command: [x], timeout_seconds: 1')],
  'approvals.timeout_seconds': ['', 'approvals: {timeout_seconds: 1}'],
  'approvals.approvers[]': ['', 'approvals: {approvers: ["telegram:1"]}'],
  'compaction.at_tokens': ['', 'compaction: {at_tokens: 3000}'],
  'tools.web_search.type': ['tools: {web_search: {type: brave, api_key: env:A}}', 'tools: {web_search: {type: tavily, api_key: env:A}}'],
  'tools.web_search.base_url': ['tools: {web_search: {type: searxng, base_url: "http://a"}}', 'tools: {web_search: {type: searxng, base_url: "http://b"}}'],
  'tools.web_search.api_key': ['tools: {web_search: {type: brave, api_key: env:A}}', 'tools: {web_search: {type: brave, api_key: env:B}}'],
  'tools.vision_analyze.model': ['', 'tools: {vision_analyze: {model: openai/x}}'],
  'tools.text_to_speech.model': ['', 'tools: {text_to_speech: {model: openai/x}}'],
  'tools.text_to_speech.voice': ['tools: {text_to_speech: {model: openai/x}}', 'tools: {text_to_speech: {model: openai/x, voice: y}}'],
  'tools.image_generate.model': ['', 'tools: {image_generate: {model: openai/x}}'],
  'limits.turn_seconds': ['', 'limits: {turn_seconds: 1}'],
  'limits.tool_seconds': ['', 'limits: {tool_seconds: 1}'],
  'limits.tool_calls_per_turn': ['', 'limits: {tool_calls_per_turn: 1}'],
  'limits.queued_messages': ['', 'limits: {queued_messages: 1}'],
  'limits.chain_depth': ['', 'limits: {chain_depth: 1}'],
};

test('every key of the schema is tried here, and no other', () => {
  expect(Object.keys(samples).toSorted()).toEqual(configKeyPaths().toSorted());
});

test.each(Object.entries(samples))('%s changes the configuration', (_, [without, having]) => {
  expect(configOf(having)).not.toEqual(configOf(without));
});

describe('the JSON Schema for editors', () => {
  const schema = configJsonSchema();

  test('is draft 2020-12 and closed at the top', () => {
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema['additionalProperties']).toBe(false);
  });

  test('knows every top-level key', () => {
    const top = new Set(configKeyPaths().map((path) => path.split(/[.[]/)[0]));
    expect(new Set(Object.keys(schema['properties'] ?? {}))).toEqual(top);
  });

  test('lets an id be a number', () => {
    const text = JSON.stringify(schema);
    expect(text).toContain('"chat":{"type":["string","number","boolean"]');
    expect(JSON.parse(text)).toEqual(schema);
  });
});
