import { describe, expect, test } from 'vitest';
import { parseConfig } from '../src/index.ts';
import { configOf, errorsIn, warningsIn } from './configs.ts';

/** A text and the first mistake in it. */
const mistakes: readonly (readonly [name: string, text: string, first: string])[] = [
  ['an unknown key at the top', 'agent: {}\n', 'f:1:1 unknown key "agent" (did you mean "agents"?)'],
  ['an unknown key of an agent', 'agents:\n  coder:\n    modle: x/y\n', 'f:3:5 agents.coder: unknown key "modle" (did you mean "model"?)'],
  [
    'an unknown key of a policy',
    'agents:\n  coder:\n    tools: {denny: [terminal]}\n',
    'f:3:13 agents.coder.tools: unknown key "denny" (did you mean "deny"?)',
  ],
  [
    'an unknown key of a binding',
    'bindings:\n  - {agent: main, chatt: "1", platform: telegram}\n',
    'f:2:19 bindings[0]: unknown key "chatt" (did you mean "chat"?)',
  ],
  [
    'an unknown key of a handoff source',
    'session_triggers: {sources: {main: {allowed_targets: [], max_dept: 1}}}\n',
    'f:1:58 session_triggers.sources.main: unknown key "max_dept" (did you mean "max_depth"?)',
  ],
  [
    'a key nothing is like',
    'xyz: 1\n',
    'f:1:1 unknown key "xyz" (keys here: agents, bindings, model, fallback_model, providers, prices, subagent, channels, session_triggers, actions, risk_classes, budget, roles, skills, hooks, approvals, compaction, tools, limits)',
  ],
  ['an unknown key of a role', 'roles:\n  lead:\n    mision: x\n', 'f:3:5 roles.lead: unknown key "mision" (did you mean "mission"?)'],
  [
    'a role of another script',
    'roles:\n  l\u0435ad: {}\n',
    'f:2:3 roles["l\u0435ad"]: "l\u0435ad": a role name is made of at most 120 Latin letters and digits, with spaces, /, _, - or . between them (for example l-ad)',
  ],
  [
    'two spellings of one role',
    'roles:\n  Release Manager: {}\n  RM: {}\n',
    'f:3:3 roles.RM: "RM" and "Release Manager" are one role, release (keep one of them)',
  ],
  [
    'two spellings of a new role',
    'roles: {tech writer: {}, Tech_Writer: {}}\n',
    'f:1:26 roles.Tech_Writer: "Tech_Writer" and "tech writer" are one role, tech-writer (keep one of them)',
  ],
  [
    'an alias of another role',
    'roles: {writer: {aliases: [docs, QA]}}\n',
    'f:1:34 roles.writer.aliases[1]: "QA" means the role validator already (take it away from one of them)',
  ],
  [
    'an alias two roles want',
    'roles: {a: {aliases: [x]}, b: {aliases: [X]}}\n',
    'f:1:42 roles.b.aliases[0]: "X" means the role a already (take it away from one of them)',
  ],
  ['a superior nobody knows', 'roles: {writer: {reports_to: plannr}}\n', 'f:1:30 roles.writer.reports_to: there is no role "plannr" (did you mean "planner"?)'],
  [
    'a role under itself',
    'roles: {writer: {reports_to: Writer}}\n',
    'f:1:30 roles.writer.reports_to: roles report to one another in a circle: writer → writer (one of them needs reports_to: null, or another superior)',
  ],
  [
    'a circle through a built-in role',
    'roles: {PM: {reports_to: dev}}\n',
    'f:1:26 roles.PM.reports_to: roles report to one another in a circle: lead → developer → lead (one of them needs reports_to: null, or another superior)',
  ],
  [
    'an agent for a role that is not there',
    'agents: {coder: {}}\nroles: {developer: {agent: codr}}\n',
    'f:2:28 roles.developer.agent: there is no agent "codr" (did you mean "coder"?)',
  ],
  [
    'a role of an agent and a person',
    'agents: {coder: {}}\nroles: {developer: {agent: coder, person: true}}\n',
    'f:2:28 roles.developer.agent: the role is filled by a person and by an agent (keep agent, or person: true)',
  ],
  ['a proof there is not', 'roles: {developer: {proof: file}}\n', 'f:1:28 roles.developer.proof: "file" is not one of artifact, action, answer'],
  [
    'skills in a workspace',
    'agents: {a: {workspace: /w}}\nskills: {folders: {shop: /w/skills}}\n',
    'f:2:26 skills.folders.shop: /w/skills and the workspace of a, /w, lie in each other (choose a directory no agent works in)',
  ],
  [
    'skills around a workspace',
    'agents: {a: {workspace: /w/a}}\nskills: {folders: {shop: /W}}\n',
    'f:2:26 skills.folders.shop: /W and the workspace of a, /w/a, lie in each other (choose a directory no agent works in)',
  ],
  [
    'two projects with one folder',
    'skills: {folders: {shop: /s, till: /s/till}}\n',
    'f:1:36 skills.folders.till: /s/till and the folder of shop, /s, lie in each other (give each project a directory of its own)',
  ],
  [
    'a wrong profile',
    'agents: {a: {tools: codng}}\n',
    'f:1:21 agents.a.tools: "codng" is not one of minimal, coding, messaging, full (did you mean "coding"?)',
  ],
  ['a wrong profile in a map', 'agents: {a: {tools: {profile: x}}}\n', 'f:1:31 agents.a.tools.profile: "x" is not one of minimal, coding, messaging, full'],
  [
    'tools of the wrong kind',
    'agents: {a: {tools: 7}}\n',
    'f:1:21 agents.a.tools: tools is a profile name, a list of tools, or a map of profile, also_allow, allow and deny; this is a number',
  ],
  [
    'tools left empty',
    'agents: {a: {tools: }}\n',
    'f:1:21 agents.a.tools: tools is a profile name, a list of tools, or a map of profile, also_allow, allow and deny; this is nothing',
  ],
  ['a tool nobody knows', 'agents: {a: {tools: {deny: [terminl]}}}\n', 'f:1:29 agents.a.tools.deny[0]: there is no tool "terminl" (did you mean "terminal"?)'],
  [
    'a prefix no tool has',
    'agents: {a: {tools: {deny: ["kanbn_*"]}}}\n',
    'f:1:29 agents.a.tools.deny[0]: no tool begins with "kanbn_" (did you mean "kanban_*"?)',
  ],
  ['a group nobody knows', 'agents: {a: {tools: ["group:fz"]}}\n', 'f:1:22 agents.a.tools[0]: there is no tool group "group:fz" (did you mean "group:fs"?)'],
  [
    'an MCP server the agent lacks',
    'agents: {a: {mcp_servers: {github: {command: gh}}, tools: {deny: ["mcp:gihub/*"]}}}\n',
    'f:1:67 agents.a.tools.deny[0]: the agent has no MCP server "gihub" (did you mean "mcp:github/*"?)',
  ],
  ['an unknown toolset', 'agents: {a: {toolsets: [webb]}}\n', 'f:1:25 agents.a.toolsets[0]: there is no tool profile or group "webb" (did you mean "web"?)'],
  [
    'also_allow without a profile',
    'agents: {a: {tools: {also_allow: [todo]}}}\n',
    'f:1:34 agents.a.tools.also_allow: also_allow adds to a profile, and none is named (add profile, or write allow instead)',
  ],
  [
    'toolsets beside tools',
    'agents: {a: {toolsets: [web], tools: coding}}\n',
    'f:1:24 agents.a.toolsets: toolsets and tools both say what the agent starts from (keep one of them, or write tools as a map of also_allow and deny)',
  ],
  [
    'an id in capitals',
    'agents: {Code Reviewer: {}}\n',
    'f:1:10 agents["Code Reviewer"]: "Code Reviewer": an agent id is 1 to 64 of a-z, 0-9, _ and -, and starts with a letter or digit (for example code-reviewer)',
  ],
  [
    'two defaults',
    'agents:\n  a: {default: true}\n  b: {default: true}\n',
    'f:3:16 agents.b.default: two agents are the default: a and b (keep default: true on one of them)',
  ],
  ['a model of no provider', 'model: gpt-5\n', 'f:1:8 model: "gpt-5" names no provider (write <provider>/<model>, for example openrouter/gpt-5)'],
  [
    'a model of an unknown provider',
    'model: opnai/gpt-5\n',
    'f:1:8 model: there is no provider "opnai" (did you mean "openai"?; others are described under providers)',
  ],
  [
    'a provider without a model',
    'agents: {a: {provider: openai}}\n',
    'f:1:24 agents.a.provider: provider stands without a model (add model, or remove provider)',
  ],
  ['a number where text is wanted', 'agents: {a: {description: 12}}\n', 'f:1:27 agents.a.description: expected text, found a number (put it in quotes: "12")'],
  ['text where a number is wanted', 'agents: {a: {max_turns: many}}\n', 'f:1:25 agents.a.max_turns: expected a number, found text'],
  ['a fraction where a whole number is wanted', 'agents: {a: {max_turns: 1.5}}\n', 'f:1:25 agents.a.max_turns: expected a whole number, found a number'],
  ['too small a number', 'agents: {a: {subagents: {max_depth: -1}}}\n', 'f:1:37 agents.a.subagents.max_depth: this is less than is allowed: at least 0'],
  ['a list of agents', 'agents: [a, b]\n', 'f:1:9 agents: expected a map, found a list'],
  [
    'a binding to nobody',
    'agents: {coder: {}}\nbindings:\n  - agent: codr\n    telegram: "1"\n',
    'f:3:12 bindings[0].agent: there is no agent "codr" (did you mean "coder"?)',
  ],
  ['a binding without an agent', 'bindings: [{telegram: "1"}]\n', 'f:1:12 bindings[0].agent: "agent" is missing'],
  [
    'a binding without a platform',
    'bindings: [{agent: main, chat: "1"}]\n',
    'f:1:12 bindings[0]: the entry names no platform (write platform: telegram, or the short form telegram: "<chat id>")',
  ],
  [
    'a binding to two platforms',
    'bindings: [{agent: main, telegram: "1", slack: "2"}]\n',
    'f:1:48 bindings[0].slack: the entry names two platforms, telegram and slack (write one entry for each)',
  ],
  [
    'a chat of any id',
    'bindings: [{agent: main, platform: telegram, chat: "*"}]\n',
    'f:1:52 bindings[0].chat: chat: "*" matches nothing: ids are compared exactly (leave chat out to match every one)',
  ],
  [
    'an id with a space around it',
    'bindings: [{agent: main, telegram: " 1"}]\n',
    'f:1:36 bindings[0].telegram: the chat id begins or ends with a space, so it would never match',
  ],
  [
    'a thread of no chat',
    'bindings: [{agent: main, platform: slack, thread: "1"}]\n',
    'f:1:51 bindings[0].thread: a thread is one of a chat, and the entry names no chat (add chat)',
  ],
  [
    'a peer in a group',
    'bindings: [{agent: main, platform: telegram, peer: "1", chat_type: group}]\n',
    'f:1:68 bindings[0].chat_type: this can never match: peer is about direct messages, and chat_type is group (remove chat_type)',
  ],
  [
    'a peer in a guild',
    'bindings: [{agent: main, platform: discord, peer: "1", guild: "2"}]\n',
    'f:1:63 bindings[0].guild: this can never match: a direct message has no guild (remove guild)',
  ],
  [
    'a guild where there are none',
    'bindings: [{agent: main, platform: telegram, guild: "2"}]\n',
    'f:1:53 bindings[0].guild: this can never match: telegram has no guilds (guilds are on discord)',
  ],
  [
    'a team where there are none',
    'bindings: [{agent: main, platform: discord, team: "2"}]\n',
    'f:1:51 bindings[0].team: this can never match: discord has no teams (teams are on slack)',
  ],
  [
    'the same rule twice',
    'bindings:\n  - {agent: main, telegram: "1"}\n  - {agent: main, telegram: "1"}\n',
    'f:3:5 bindings[1]: this never matches: bindings[0] (telegram, chat 1 → main) takes every message it could (remove it, move it up, or add a key)',
  ],
  [
    'a rule behind a wider one of its tier',
    'bindings:\n  - {agent: main, telegram: "1"}\n  - {agent: main, telegram: "1", thread: "2"}\n',
    'f:3:5 bindings[1]: this never matches: bindings[0] (telegram, chat 1 → main) takes every message it could (remove it, move it up, or add a key)',
  ],
  [
    'a platform behind its four chat types',
    'bindings:\n  - {agent: main, telegram: "*"}\n' +
      ['dm', 'group', 'channel', 'thread'].map((type) => `  - {agent: main, platform: telegram, chat_type: ${type}}\n`).join(''),
    'f:2:5 bindings[0]: this never matches: bindings[1] (telegram, chat type dm → main) and bindings[2] (telegram, chat type group → main) and bindings[3] (telegram, chat type channel → main) and bindings[4] (telegram, chat type thread → main) take every message it could (remove it, move it up, or add a key)',
  ],
  [
    'a secret in the file',
    'providers: {openai: {api_key: sk-proj-123}}\n',
    'f:1:31 providers.openai.api_key: a secret may not stand in this file: name where it is, as ${NAME}, env:NAME or file:/path',
  ],
  [
    'a secret in a URL',
    'providers: {openai: {base_url: "https://me:pw@host/v1"}}\n',
    'f:1:32 providers.openai.base_url: this is not an http:// or https:// URL without a user name in it',
  ],
  [
    'a secret for an MCP server',
    'agents: {a: {mcp_servers: {x: {command: x, env: {GITHUB_TOKEN: ghp_1}}}}}\n',
    'f:1:64 agents.a.mcp_servers.x.env.GITHUB_TOKEN: GITHUB_TOKEN sounds like a secret, and a secret may not stand in this file (write ${NAME}, env:NAME or file:/path)',
  ],
  [
    'an MCP server of no kind',
    'agents: {a: {mcp_servers: {x: {}}}}\n',
    'f:1:28 agents.a.mcp_servers.x: the server has neither command nor url (add command (a program) or url (HTTP))',
  ],
  [
    'an MCP server of both kinds',
    'agents: {a: {mcp_servers: {x: {command: x, url: "http://h"}}}}\n',
    'f:1:49 agents.a.mcp_servers.x.url: the server has both command and url (keep one of them)',
  ],
  [
    'headers for a program',
    'agents: {a: {mcp_servers: {x: {command: x, headers: {A: b}}}}}\n',
    'f:1:53 agents.a.mcp_servers.x.headers: headers does nothing for a server with a command (remove it)',
  ],
  [
    'a provider of no type',
    'providers: {mine: {base_url: "http://h/v1"}}\n',
    'f:1:13 providers.mine: the provider has no type (add type: anthropic, openai, google, openrouter or openai-compatible)',
  ],
  [
    'a provider of no address',
    'providers: {mine: {type: openai-compatible}}\n',
    'f:1:13 providers.mine: an openai-compatible provider needs base_url (add base_url, for example http://127.0.0.1:11434/v1)',
  ],
  [
    'a handoff to oneself',
    'session_triggers: {sources: {main: {allowed_targets: [main]}}}\n',
    'f:1:55 session_triggers.sources.main.allowed_targets[0]: main may not hand off to itself (remove it)',
  ],
  [
    'a handoff to nobody',
    'agents: {a: {}, qa: {}}\nsession_triggers: {sources: {a: {allowed_targets: [qq]}}}\n',
    'f:2:52 session_triggers.sources.a.allowed_targets[0]: there is no agent "qq" (did you mean "qa"?)',
  ],
  [
    'a handoff from nobody',
    'session_triggers: {sources: {man: {allowed_targets: []}}}\n',
    'f:1:30 session_triggers.sources.man: there is no agent "man" (did you mean "main"?)',
  ],
  [
    'a negative handoff depth',
    'session_triggers: {sources: {main: {allowed_targets: [], max_depth: -1}}}\n',
    'f:1:69 session_triggers.sources.main.max_depth: this is less than is allowed: at least 0',
  ],
  [
    'a boundless handoff depth',
    'session_triggers: {sources: {main: {allowed_targets: [], max_depth: 1000000000}}}\n',
    'f:1:69 session_triggers.sources.main.max_depth: this is more than is allowed: at most 16',
  ],
  [
    'a misspelt risk',
    'session_triggers: {sources: {main: {allowed_targets: [], require_human_confirmation_for: [dangerus]}}}\n',
    'f:1:91 session_triggers.sources.main.require_human_confirmation_for[0]: "dangerus" is neither a level nor a class of risk (did you mean "dangerous"?; others are described under risk_classes)',
  ],
  [
    'a risk of a target that nobody knows',
    'session_triggers:\n  targets:\n    main: {risk: public_infrq}\n',
    'f:3:18 session_triggers.targets.main.risk: "public_infrq" is neither a level nor a class of risk (did you mean "public_infra"?; others are described under risk_classes)',
  ],
  ['a class called like a level', 'risk_classes: {high: low}\n', 'f:1:16 risk_classes.high: "high" is a level of risk already (give the class another name)'],
  [
    'a class of no level',
    'risk_classes: {payroll: hihg}\n',
    'f:1:25 risk_classes.payroll: "hihg" is not one of low, medium, high, dangerous (did you mean "high"?)',
  ],
  [
    'a default risk nobody knows',
    'session_triggers: {sources: {main: {allowed_targets: [], default_risk: mild}}}\n',
    'f:1:72 session_triggers.sources.main.default_risk: "mild" is neither a level nor a class of risk (known are: low, medium, high, dangerous, production_write, public_infra; others are described under risk_classes)',
  ],
  [
    'an action nobody knows',
    'session_triggers: {sources: {main: {allowed_targets: [], forbidden_actions: [db_wirte]}}}\n',
    'f:1:78 session_triggers.sources.main.forbidden_actions[0]: nobody has said what the action "db_wirte" covers (did you mean "db_write"?; others are defined under actions)',
  ],
  [
    'an action that covers nothing',
    'actions: {deploy: {tools: []}}\n',
    'f:1:11 actions.deploy: deploy covers nothing, so forbidding it would keep nothing from happening (add tools, argv, hosts or paths)',
  ],
  ['an unknown key of an action', 'actions:\n  deploy: {agrv: [make]}\n', 'f:2:12 actions.deploy: unknown key "agrv" (did you mean "argv"?)'],
  [
    'a tool of an action nobody knows',
    'actions: {x: {tools: [termnal]}}\n',
    'f:1:23 actions.x.tools[0]: there is no tool "termnal" (did you mean "terminal"?)',
  ],
  [
    'a server of an action nobody has',
    'actions: {x: {tools: ["mcp:git/*"]}}\n',
    'f:1:23 actions.x.tools[0]: no agent has an MCP server "git" (add it to an agent first)',
  ],
  ['a command of an action without words', 'actions: {x: {argv: [" "]}}\n', 'f:1:22 actions.x.argv[0]: this is no command (write the program, or remove it)'],
  [
    'a command of an action that is a number of things',
    'actions: {x: {argv: [{a: b}]}}\n',
    'f:1:22 actions.x.argv[0]: a command is a list of words, or one text that is split at spaces; this is a map',
  ],
  [
    'an action of a strange name',
    'actions: {DB: {tools: [terminal]}}\n',
    'f:1:11 actions.DB: "DB": the name of an action or a class of risk is 1 to 64 of a-z, 0-9, _ and -, and starts with a letter (for example db)',
  ],
  [
    'a limit of a day without one of a handoff',
    'session_triggers: {sources: {main: {allowed_targets: [], budget: {usd_per_day: 5}}}}\n',
    'f:1:80 session_triggers.sources.main.budget.usd_per_day: usd_per_day needs usd_per_handoff, which is set aside for each handoff (add budget.usd_per_handoff to main)',
  ],
  [
    'a limit of a day in tokens with one of a handoff in money',
    'session_triggers: {sources: {main: {allowed_targets: [], budget: {usd_per_handoff: 1, tokens_per_day: 5}}}}\n',
    'f:1:103 session_triggers.sources.main.budget.tokens_per_day: tokens_per_day needs tokens_per_handoff, which is set aside for each handoff (add budget.tokens_per_handoff to main)',
  ],
  [
    'a limit of an edge without one of a handoff',
    'agents: {a: {}, b: {}}\nsession_triggers: {sources: {a: {allowed_targets: [b], edges: {b: {tokens_per_day: 5}}}}}\n',
    'f:2:84 session_triggers.sources.a.edges.b.tokens_per_day: tokens_per_day needs tokens_per_handoff, which is set aside for each handoff (add budget.tokens_per_handoff to a)',
  ],
  [
    'a day too small for one handoff',
    'session_triggers: {sources: {main: {allowed_targets: [], budget: {usd_per_handoff: 2, usd_per_day: 1}}}}\n',
    'f:1:100 session_triggers.sources.main.budget.usd_per_day: one handoff may cost 2, so not even one fits into 1 (raise it, or lower usd_per_handoff)',
  ],
  [
    'an edge to where nothing may go',
    'agents: {a: {}, b: {}}\nsession_triggers: {sources: {a: {allowed_targets: [], edges: {b: {}}}}}\n',
    'f:2:63 session_triggers.sources.a.edges.b: a may not hand off to b, so this limits nothing (add b to allowed_targets, or remove it)',
  ],
  ['a target nobody knows', 'session_triggers: {targets: {man: {}}}\n', 'f:1:30 session_triggers.targets.man: there is no agent "man" (did you mean "main"?)'],
  [
    'a target that takes work from nobody there is',
    'agents: {a: {}, qa: {}}\nsession_triggers: {targets: {a: {allowed_sources: [qq]}}}\n',
    'f:2:52 session_triggers.targets.a.allowed_sources[0]: there is no agent "qq" (did you mean "qa"?)',
  ],
  [
    'a target that takes work from itself',
    'session_triggers: {targets: {main: {allowed_sources: [main]}}}\n',
    'f:1:55 session_triggers.targets.main.allowed_sources[0]: main may not hand off to itself (remove it)',
  ],
  [
    'sources of a target that are neither',
    'session_triggers: {targets: {main: {allowed_sources: 7}}}\n',
    'f:1:54 session_triggers.targets.main.allowed_sources: allowed_sources is "*" or a list of agents; this is a number',
  ],
  [
    'places for no handoff',
    'session_triggers: {targets: {main: {max_concurrent: 0}}}\n',
    'f:1:53 session_triggers.targets.main.max_concurrent: this is less than is allowed: at least 1',
  ],
  [
    'a breaker that opens by itself',
    'session_triggers: {breaker: {failures: 0}}\n',
    'f:1:40 session_triggers.breaker.failures: this is less than is allowed: at least 1',
  ],
  ['a chain without end', 'limits: {chain_depth: 1000}\n', 'f:1:23 limits.chain_depth: this is more than is allowed: at most 64'],
  [
    'an approver by name',
    'approvals: {approvers: ["telegram:@alice"]}\n',
    'f:1:25 approvals.approvers[0]: an approver is a platform and the id it gave the person for good; a name can be taken by somebody else (write it like telegram:12345)',
  ],
  [
    'an approver of no platform',
    'approvals: {approvers: [12345]}\n',
    'f:1:25 approvals.approvers[0]: an approver is a platform and the id it gave the person for good; a name can be taken by somebody else (write it like telegram:12345)',
  ],
  ['a hook that does nothing', 'hooks: [{event: before_turn}]\n', 'f:1:9 hooks[0]: the hook has neither command nor url (add one of them)'],
  [
    'a hook for nobody',
    'hooks: [{event: before_turn, command: [x], agents: [coder]}]\n',
    'f:1:53 hooks[0].agents[0]: there is no agent "coder" (agents: main)',
  ],
  [
    'a search service of no address',
    'tools: {web_search: {type: searxng}}\n',
    'f:1:9 tools.web_search: searxng needs base_url (add base_url, the address of the instance)',
  ],
  ['a search service of no key', 'tools: {web_search: {type: brave}}\n', 'f:1:9 tools.web_search: brave needs api_key (add api_key: env:NAME)'],
  [
    'a workspace for two',
    'agents: {a: {workspace: /w}, b: {workspace: /w/../w/}}\n',
    'f:1:45 agents.b.workspace: it is the workspace of a too: /w (give each agent a directory of its own)',
  ],
];

test.each(mistakes)('%s', (_, text, first) => {
  expect(errorsIn(text)[0]).toBe(first);
});

test('an error has exactly the five fields of config check', () => {
  expect(parseConfig('agents:\n  coder:\n    modle: x\n', { file: 'f' }).errors).toEqual([
    { path: 'agents.coder', line: 3, column: 5, message: 'unknown key "modle"', hint: 'did you mean "model"?' },
  ]);
});

test('no literal secret is repeated in what is said about it', () => {
  const secret = 'sk-live-4242424242';
  const text = `providers: {openai: {api_key: ${secret}}}\nagents: {a: {mcp_servers: {x: {url: "http://h", headers: {Authorization: "Bearer ${secret}"}}}}}\ntools: {web_search: {type: brave, api_key: ${secret}}}\n`;
  expect(errorsIn(text)).toHaveLength(3);
  expect(errorsIn(text).join('\n')).not.toContain(secret);
});

describe('one mistake does not hide or invent others', () => {
  test('everything wrong in different places is told at once, in the order of the file', () => {
    const errors = errorsIn(
      'agents:\n  a: {modle: x}\n  b: {tools: [nope], default: 3}\nbindings:\n  - 7\n  - {agent: c, telegram: "1"}\n  - {agent: a, platform: telegram, guild: "1"}\n',
    );
    expect(errors.map((error) => error.split(' ').slice(0, 2).join(' '))).toEqual([
      'f:2:7 agents.a:',
      'f:3:15 agents.b.tools[0]:',
      'f:3:31 agents.b.default:',
      'f:5:5 bindings[0]:',
      'f:6:13 bindings[1].agent:',
      'f:7:43 bindings[2].guild:',
    ]);
  });

  test('a binding to an agent that could not be read is not called a binding to nobody', () => {
    expect(errorsIn('agents: {coder: 7}\nbindings: [{agent: coder, telegram: "1"}]\n')).toEqual(['f:1:17 agents.coder: expected a map, found a number']);
  });

  test('a model of a provider that could not be read is not called unknown', () => {
    expect(errorsIn('providers: {mine: {type: x}}\nmodel: mine/m\n')).toHaveLength(1);
  });
});

describe('things that are allowed and most likely not meant', () => {
  test.each([
    [
      'personality: ./coder.md',
      'f:2:20 agents.a.personality: this looks like the name of a file, but is taken as the text itself (write personality: {file: ./coder.md})',
    ],
    [
      'tools: {profile: full, allow: [todo]}',
      'f:2:37 agents.a.tools.allow: allow adds to the profile; it does not narrow it (to narrow, list what is not wanted under deny, or leave the profile out)',
    ],
    [
      'mcp_servers: {gh: {command: gh}}, tools: coding',
      'f:2:25 agents.a.mcp_servers.gh: no tool of the MCP server gh is allowed (add mcp:gh/* to also_allow or to the list of tools)',
    ],
    ['model: openai/x, fallback_model: openai/x', 'f:2:40 agents.a.fallback_model: the fallback is the model itself (name another model, or remove it)'],
  ])('%s', (fields, warning) => {
    expect(warningsIn(`agents:\n  a: {${fields}}\n`)).toEqual([warning]);
  });

  test('a platform that is nearly one of ours', () => {
    expect(warningsIn('bindings: [{agent: main, platform: telegrm}]\n')).toEqual([
      'f:1:36 bindings[0].platform: "telegrm" is not a platform Guildhall brings (did you mean "telegram"?)',
    ]);
  });
});

test('a file without agents has one, main', () => {
  for (const text of ['', '# nothing yet\n', '---\n', 'agents:\n', 'agents: {}\n', 'bindings:\nmodel: openai/gpt-5\n']) {
    const config = configOf(text);
    expect([...config.agents.keys()]).toEqual(['main']);
    expect(config.defaultAgent).toBe('main');
  }
});

test('something that is not a map is refused', () => {
  for (const text of ['7', 'yes', '- a', '"agents"']) expect(errorsIn(text)[0]).toMatch(/^f:1:1 expected a map, found /);
});
