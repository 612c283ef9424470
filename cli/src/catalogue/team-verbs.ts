import { importSources } from '../local.ts';
import type { Verb, VerbOption } from '../verb.ts';

export const agentVerbs: readonly Verb[] = [
  { usage: 'list', summary: 'All agents', example: 'guildhall agents list', load: async () => (await import('../commands/agents/list.ts')).listAgents },
  {
    usage: 'show <id>',
    summary: 'One agent: model, tools, bindings, workspace',
    example: 'guildhall agents show coder',
    load: async () => (await import('../commands/agents/show.ts')).showAgent,
  },
  {
    usage: 'add [id]',
    summary: 'Add an agent to the configuration',
    more: 'On a terminal it asks; with an id it takes the options and asks only whether the change is right. The change is shown before it is written, comments in the file stay, and a configuration that does not pass the check is not written.',
    example: 'guildhall agents add coder --description "Writes code" --tools coding --bind telegram=-100123456 --yes',
    options: [
      { flags: '--description <text>', summary: 'What the agent is for' },
      { flags: '--personality <text>', summary: 'How it speaks and works' },
      { flags: '--tools <profile>', summary: 'minimal, coding, messaging, full, or tool names with commas between' },
      { flags: '--model <id>', summary: 'provider/model; without it the agent inherits the top-level model' },
      { flags: '--bind <platform=chat>', summary: 'Messages of this chat go to the agent; "*" for all of the platform' },
      { flags: '--config <file>', summary: 'The file to change when no daemon runs' },
      { flags: '--yes', summary: 'Write without asking' },
      { flags: '--dry-run', summary: 'Only show the change' },
    ],
    load: async () => (await import('../commands/agents/add.ts')).addAgent,
  },
  {
    usage: 'import <from> <path>',
    summary: 'Take over agents of another program',
    more: `From is one of ${importSources.join(', ')}.`,
    example: 'guildhall agents import claude ~/project/.claude/agents --dry-run',
    options: [
      { flags: '--config <file>', summary: 'The file to change when no daemon runs' },
      { flags: '--yes', summary: 'Write without asking' },
      { flags: '--dry-run', summary: 'Only show the change' },
    ],
    load: async () => (await import('../commands/agents/import.ts')).importAgents,
  },
];

const routeOptions: readonly VerbOption[] = [
  { flags: '--platform <name>', summary: 'telegram, discord, terminal, …' },
  { flags: '--account <id>', summary: 'Which of several accounts on the platform' },
  { flags: '--chat <id>', summary: 'The chat' },
  { flags: '--peer <id>', summary: 'The person' },
  { flags: '--guild <id>', summary: 'The guild (Discord)' },
  { flags: '--team <id>', summary: 'The team (Slack)' },
  { flags: '--thread <id>', summary: 'The thread' },
  { flags: '--type <type>', summary: 'The kind of chat', choices: ['dm', 'group', 'channel', 'thread'] },
  { flags: '--config <file>', summary: 'Ask this file instead of the daemon' },
];

export const routeVerbs: readonly Verb[] = [
  {
    usage: 'explain',
    summary: 'Which agent gets a message, by which rule, and why the others lost',
    example: 'guildhall route explain --platform telegram --chat -100123456 --config guildhall.yaml',
    options: routeOptions,
    load: async () => (await import('../commands/route/explain.ts')).explainRoute,
  },
];

export const toolVerbs: readonly Verb[] = [
  {
    usage: 'list',
    summary: 'The tools an agent is offered',
    more: 'With --explain also those it is not offered, each with the rule that decides.',
    example: 'guildhall tools list --agent coder --explain',
    options: [
      { flags: '--agent <id>', summary: 'The agent' },
      { flags: '--explain', summary: 'All tools, and why or why not' },
    ],
    load: async () => (await import('../commands/tools/list.ts')).listTools,
  },
];

export const configVerbs: readonly Verb[] = [
  {
    usage: 'check [file]',
    summary: 'Check a configuration file, without a daemon',
    more: 'Every mistake with its line and the nearest valid key. Exit code 2 when it is not valid.',
    example: 'guildhall config check guildhall.yaml',
    load: async () => (await import('../commands/config/check.ts')).checkConfig,
  },
  {
    usage: 'history',
    summary: 'Every configuration that was in force',
    example: 'guildhall config history',
    load: async () => (await import('../commands/config/history.ts')).listVersions,
  },
  {
    usage: 'diff <a> <b>',
    summary: 'What changed between two versions',
    more: 'Numbers from "config history", or "current".',
    example: 'guildhall config diff 3 current',
    load: async () => (await import('../commands/config/diff.ts')).diffVersions,
  },
  {
    usage: 'revert <rev>',
    summary: 'Put an earlier version in force again',
    example: 'guildhall config revert 3',
    load: async () => (await import('../commands/config/revert.ts')).revertConfig,
  },
  {
    usage: 'schema',
    summary: 'The JSON Schema of the configuration, for editors',
    example: 'guildhall config schema > guildhall.schema.json',
    load: async () => (await import('../commands/config/schema.ts')).printSchema,
  },
];
