import { expectDone } from '@guildhall/protocol';
import { askStack } from '@guildhall/authority';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addToConfig, detectImport, importAgents, importKinds, route, type ImportedAgents, type ImportFile, type ImportKind } from '../src/index.ts';
import { agentOf, configOf } from './configs.ts';

function imported(kind: ImportKind, files: Readonly<Record<string, string>>): ImportedAgents {
  return expectDone(importAgents({ kind, files: Object.entries(files).map(([path, text]) => ({ path, text })) }));
}

describe('agent files of Claude Code', () => {
  const reviewer = `---
name: code-reviewer
description: Reviews code. Use it: after every change
tools: Read, Grep, Glob, Bash(git diff:*, git log:*), mcp__github__list_issues
disallowedTools: WebFetch
model: sonnet
maxTurns: 12
color: blue
permissionMode: bypassPermissions
---

You review code.
`;

  test('become agents with their prompt, tools and model', () => {
    const result = imported('claude-agents', { '.claude/agents/code-reviewer.md': reviewer });
    const agent = agentOf(configOf(result.yaml), 'code-reviewer');
    expect(agent.personality).toEqual({ kind: 'text', text: 'You review code.' });
    expect(agent.model).toBe('anthropic/claude-sonnet-4');
    expect(agent.description).toBe('Reviews code. Use it: after every change');
  });

  test('a rule about part of a tool never becomes the whole tool', () => {
    const result = imported('claude-agents', { 'a.md': reviewer });
    const { policy } = agentOf(configOf(result.yaml), 'code-reviewer');
    expect(['read_file', 'search_files'].map((tool) => askStack(policy, tool).allowed)).toEqual([true, true]);
    expect(['terminal', 'web_extract', 'write_file'].map((tool) => askStack(policy, tool).allowed)).toEqual([false, false, false]);
    expect(result.unsupported.join('\n')).toContain('Bash(git diff:*, git log:*) allows part of a tool');
  });

  test('everything without a counterpart is told', () => {
    const result = imported('claude-agents', { 'a.md': reviewer });
    const told = [...result.notes, ...result.unsupported].join('\n');
    for (const word of ['color', 'permissionMode bypassPermissions', 'sonnet was taken to be', 'not valid YAML', 'github']) expect(told).toContain(word);
  });

  test('tools of a server it does not have here are left out', () => {
    const { policy } = agentOf(configOf(imported('claude-agents', { 'a.md': reviewer }).yaml), 'code-reviewer');
    expect(policy[0]?.allow).toEqual(['read_file', 'search_files']);
    const denying = imported('claude-agents', { 'a.md': '---\nname: a\ndisallowedTools: mcp__gh__delete, Bash\n---\nGo.' });
    expect(agentOf(configOf(denying.yaml), 'a').policy[0]?.deny).toEqual(['terminal']);
    expect(denying.unsupported.join('\n')).toContain('mcp__gh__delete');
  });

  test('an agent that names no tools has the profile coding, less what it denies', () => {
    const files = { 'a.md': '---\nname: A\ndescription: x\ndisallowedTools: [Bash, "Write(*.md)"]\n---\nGo.' };
    expect(imported('claude-agents', files).additions.agents).toEqual([
      { id: 'a', agent: { description: 'x', personality: 'Go.', tools: { profile: 'coding', deny: ['terminal', 'write_file'] } } },
    ]);
  });

  test('servers defined in place come along, without their secrets', () => {
    const files = {
      'a.md':
        '---\nname: a\ntools: [Read, mcp__gh]\nmcpServers:\n  - gh: {command: npx, args: [gh], env: {GITHUB_TOKEN: ghp_secret, LOG: debug}}\n  - elsewhere\n---\nGo.',
    };
    const result = imported('claude-agents', files);
    expect(result.yaml).not.toContain('ghp_secret');
    expect(agentOf(configOf(result.yaml), 'a').mcpServers.get('gh')).toMatchObject({
      env: new Map<string, unknown>([
        ['GITHUB_TOKEN', [{ kind: 'env', name: 'GITHUB_TOKEN' }]],
        ['LOG', ['debug']],
      ]),
    });
    expect(result.notes.join('\n')).toContain('GITHUB_TOKEN');
    expect(result.unsupported.join('\n')).toContain('elsewhere');
  });

  test('names are made into ids, each of its own', () => {
    const file = (name: string): string => `---\nname: ${name}\ndescription: x\n---\nGo.`;
    const result = imported('claude-agents', { 'a.md': file('Über Coder'), 'b.md': file('uber-coder'), 'c.md': file('constructor'), 'd.md': file('日本') });
    expect(result.additions.agents.map(({ id }) => id)).toEqual(['uber-coder', 'uber-coder-2', 'agent', 'agent-2']);
    expect(result.notes).toContain('Über Coder is called uber-coder here');
  });
});

describe('Hermes', () => {
  const files = {
    'profiles/coder/config.yaml': `model:
  default: anthropic/claude-opus-4.6
  provider: openrouter
  api_key: sk-secret
toolsets: [terminal, file, web, browser]
agent: {max_turns: 90, reasoning_effort: xhigh, verbose: true}
memory: {memory_enabled: false, nudge_interval: 10}
fallback_model: {provider: anthropic, model: claude-sonnet-4}
delegation: {model: google/gemini-3-flash-preview, provider: openrouter, max_iterations: 50}
mcp_servers: {fs: {command: npx, args: [fs], timeout: 5}}
display: {compact: true}
`,
    'profiles/coder/SOUL.md': 'You code.\n',
    'profiles/coder/.env': 'OPENROUTER_API_KEY=sk-secret\n',
    'profiles/coder/memories/MEMORY.md': 'likes tea',
    'profiles/local/config.yaml': 'model: {default: qwen, provider: custom, base_url: "http://127.0.0.1:1234/v1"}\n',
  };

  test('profiles become agents', () => {
    const result = imported('hermes', files);
    const config = configOf(result.yaml);
    expect(agentOf(config, 'coder')).toMatchObject({
      model: 'openrouter/anthropic/claude-opus-4.6',
      fallbackModel: 'anthropic/claude-sonnet-4',
      personality: { kind: 'text', text: 'You code.' },
      maxTurns: 90,
      reasoning: 'high',
      memoryEnabled: false,
      subagents: { model: 'openrouter/google/gemini-3-flash-preview' },
    });
    expect(agentOf(config, 'coder').policy[0]?.allow).toEqual([
      'terminal',
      'process',
      'read_file',
      'write_file',
      'patch',
      'search_files',
      'web_search',
      'web_extract',
    ]);
    expect(agentOf(config, 'local').model).toBe('custom/qwen');
    expect(config.providers.get('custom')?.baseUrl).toBe('http://127.0.0.1:1234/v1');
  });

  test('everything left out is told, and no secret is kept', () => {
    const result = imported('hermes', files);
    const told = [...result.notes, ...result.unsupported].join('\n');
    for (const word of ['browser', 'display', 'agent.verbose', 'nudge_interval', 'max_iterations', 'timeout', 'api_key', '.env', 'MEMORY.md', 'xhigh'])
      expect(told).toContain(word);
    expect(told + result.yaml).not.toContain('sk-secret');
  });

  test('one file with agents and bindings comes over with its routes', () => {
    const result = imported('hermes', {
      'config.yaml': `agents:
  main: {default: true, model: anthropic/claude-opus-4.6}
  coder: {tools: [terminal, browser_navigate], tool_color: red, dm_scope: per_peer}
bindings:
  - {agent: coder, telegram: -100123456789012345}
  - {agent: coder, platform: discord, guild_id: 77, type: channel}
  - {agent: coder, platform: discord, role: admin}
  - {agent: nobody, whatsapp: "*"}
`,
    });
    const config = configOf(result.yaml);
    expect(route(config, { platform: 'telegram', chat: '-100123456789012345' }).agent).toBe('coder');
    expect(route(config, { platform: 'discord', chat: '5', guild: '77', chatType: 'channel' })).toMatchObject({ agent: 'coder', tier: 3 });
    expect(config.bindings).toHaveLength(2);
    expect(agentOf(config, 'coder').policy[0]?.allow).toEqual(['terminal']);
    for (const word of ['browser_navigate', 'tool_color', 'role', 'nobody']) expect(result.unsupported.join('\n')).toContain(word);
  });

  test('a policy that cannot be kept allows nothing rather than everything', () => {
    const result = imported('hermes', { 'config.yaml': 'agents: {a: {tools: {profile: full, deny: [terminl]}}}\n' });
    expect(agentOf(configOf(result.yaml), 'a').policy[0]?.allow).toEqual([]);
    expect(result.unsupported.join('\n')).toContain('terminl');
  });

  test('a bare home is one agent, main', () => {
    const result = imported('hermes', { 'config.yaml': 'model: anthropic/claude-opus-4.6\n', 'SOUL.md': 'Kind.' });
    expect(result.additions.agents).toEqual([{ id: 'main', agent: { model: 'anthropic/claude-opus-4.6', personality: 'Kind.' } }]);
  });
});

describe('OpenClaw', () => {
  const text = `// our agents
{
  agents: {
    defaults: { model: { primary: 'anthropic/claude-opus-4.6', fallbacks: ["openai/gpt-5", 'openai/x'] }, sandbox: { mode: "off" }, heartbeat: {every: "1h"} },
    list: [
      { id: "main", default: true, name: "Molty", workspace: "~/.openclaw/workspace", identity: { name: 'Molty', theme: "a lobster", emoji: "x" } },
      /* family */
      { id: "family", model: "google/gemini-3-flash-preview", sandbox: { mode: "all", scope: "agent" },
        tools: { profile: "coding", allow: ["read", "exec", "message"], alsoAllow: ["web_fetch"], deny: ["exec", "canvas",], }, groupChat: {}, },
    ],
  },
  session: { dmScope: "per-channel-peer" },
  tools: { deny: ["write"] },
  bindings: [
    { agentId: "family", match: { channel: "whatsapp", accountId: "*", peer: { kind: "group", id: -100123456789012345 } } },
    { agentId: "family", match: { channel: "telegram", peer: { kind: "direct", id: "42" } }, comment: "me" },
    { agentId: "main", match: { channel: "discord", accountId: "work", guildId: "77" } },
    { agentId: "family", match: { channel: "discord", guildId: "77", roles: ["admin"] } },
    { type: "acp", agentId: "main", match: { channel: "discord" } },
    { agentId: "main", match: { channel: "webchat" } },
  ],
  channels: { telegram: { botToken: "123:abc" } },
}
`;

  test('agents and bindings come over', () => {
    const config = configOf(imported('openclaw', { 'openclaw.json': text }).yaml);
    expect(agentOf(config, 'main')).toMatchObject({ model: 'anthropic/claude-opus-4.6', fallbackModel: 'openai/gpt-5', dmScope: 'per_peer', sandbox: 'off' });
    expect(agentOf(config, 'family')).toMatchObject({ model: 'google/gemini-3-flash-preview', sandbox: 'require' });
    expect(config.bindings.map(({ agent, match }) => [agent, match])).toEqual([
      ['family', { platform: 'whatsapp', chat: '-100123456789012345' }],
      ['family', { platform: 'telegram', account: 'default', peer: '42' }],
      ['main', { platform: 'discord', account: 'work', guild: '77' }],
      ['main', { platform: 'web', account: 'default' }],
    ]);
  });

  test('allow narrows a profile there, so the narrowed set is what comes over', () => {
    const config = configOf(imported('openclaw', { 'openclaw.json': text }).yaml);
    const { policy } = agentOf(config, 'family');
    expect(policy[0]).toMatchObject({ allow: ['terminal', 'read_file', 'web_extract'], deny: ['write_file', 'terminal'] });
    expect(askStack(agentOf(config, 'main').policy, 'write_file').allowed).toBe(false);
  });

  test('everything left out is told, and no token is kept', () => {
    const result = imported('openclaw', { 'openclaw.json': text });
    const told = [...result.notes, ...result.unsupported].join('\n');
    for (const word of [
      'heartbeat',
      'openai/x',
      'canvas',
      'groupChat',
      'sandbox.scope',
      'roles',
      'type',
      'channels',
      'per-channel-peer',
      '~/.openclaw/workspace',
    ])
      expect(told).toContain(word);
    expect(told + result.yaml).not.toContain('123:abc');
  });

  test('entries by id are read too', () => {
    const result = imported('openclaw', { 'openclaw.json5': '{agents: {entries: {main: {default: true}, work: {}}}}' });
    expect(result.additions.agents.map(({ id }) => id)).toEqual(['main', 'work']);
  });
});

test('AGENTS.md becomes an agent that works by it; deeper ones are told', () => {
  const result = imported('agents-md', { 'shop/AGENTS.md': 'Use tabs.\n', 'shop/api/AGENTS.md': 'Use spaces.\n' });
  expect(result.additions.agents).toEqual([{ id: 'shop', agent: { personality: 'Use tabs.', tools: 'coding' } }]);
  expect(result.unsupported).toEqual(['shop/api/AGENTS.md: instructions for part of a project']);
});

describe('the kind of a set of files', () => {
  test.each<readonly [ImportKind | undefined, Readonly<Record<string, string>>]>([
    ['claude-agents', { 'agents/x.md': '---\nname: x\n---\n' }],
    ['hermes', { 'config.yaml': 'model: a/b\n' }],
    ['hermes', { 'profiles/x/SOUL.md': 'x' }],
    ['openclaw', { 'openclaw.json': '{}' }],
    ['openclaw', { 'mine.json5': '{agents: {list: []}}' }],
    ['agents-md', { 'AGENTS.md': '# Rules' }],
    [undefined, { 'README.md': '# Hi' }],
    [undefined, {}],
  ])('%s', (kind, files) => {
    expect(detectImport(Object.entries(files).map(([path, text]) => ({ path, text })))).toBe(kind);
  });
});

test('what was imported can be added to a file', () => {
  const { additions } = imported('claude-agents', { 'a.md': '---\nname: qa\ndescription: x\n---\nTest.' });
  const config = configOf(expectDone(addToConfig('# mine\nagents: {main: {}}\n', additions)));
  expect([...config.agents.keys()]).toEqual(['main', 'qa']);
});

test('nothing to import is refused with a reason', () => {
  for (const kind of importKinds) {
    const answer = importAgents({ kind, files: [{ path: 'x.txt', text: 'hello' }] });
    expect(answer.ok ? undefined : answer.refusal.code).toBe('invalid-input');
  }
});

test('importing never throws, and what it gives is valid', () => {
  const path = fc.constantFrom('a.md', 'x/AGENTS.md', 'config.yaml', 'p/SOUL.md', 'openclaw.json', '.env');
  const word = fc.constantFrom(
    '---\n',
    'name: a\n',
    'tools: ',
    'Bash(',
    ')',
    '[',
    ']',
    '{',
    '}',
    'agents',
    'list',
    ': ',
    ',',
    '"',
    "'",
    'model: x/y\n',
    'bindings',
    '\n',
    '- ',
    '//',
    '/*',
    '__proto__',
    'null',
    '1e999',
    '\\',
    'match',
    'id',
  );
  const file: fc.Arbitrary<ImportFile> = fc.record({ path, text: fc.array(word, { maxLength: 25 }).map((words) => words.join('')) });
  fc.assert(
    fc.property(fc.constantFrom(...importKinds), fc.array(file, { maxLength: 4 }), (kind, files) => {
      const answer = importAgents({ kind, files });
      if (answer.ok) configOf(answer.value.yaml);
    }),
    { numRuns: 1500 },
  );
});
