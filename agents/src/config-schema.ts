/**
 * The configuration file as people write it. Strict everywhere: an unknown key is an error. What one value says about another is checked in `cross-checks.ts`; what
 * it all comes to is `config.ts`.
 */
import { chatTypes, proofKinds } from '@guildhall/protocol';
import { z } from 'zod';
import { platforms } from './platforms.ts';
import { agentId, amountOfMoney, httpUrl, modelName, platformId, roleName, roleWord, secretReference, sentence, wholeNumber, word } from './schema-fields.ts';
import { toolProfileNames } from './tool-names.ts';
import { actions, installationBudget, riskClasses, sessionTriggers } from './trigger-schema.ts';

const toolList = z.array(z.string()).max(500);

const toolPolicy = z
  .union(
    [
      z.enum(toolProfileNames),
      toolList,
      z.strictObject({
        profile: z.enum(toolProfileNames).optional().describe('The set to start from'),
        also_allow: toolList.optional().describe('Tools added to the profile'),
        allow: toolList.optional().describe('Tools allowed; without a profile, only these'),
        deny: toolList.optional().describe('Tools never allowed, whatever else says so'),
      }),
    ],
    { error: 'tools is a profile name, a list of tools, or a map of profile, also_allow, allow and deny' },
  )
  .describe('Which tools the agent may use: a profile, a list, or a map');

const mcpServer = z.strictObject({
  command: word(1).optional().describe('The program of a stdio server'),
  args: z.array(word()).max(200).optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'this is not a name of an environment variable'), word())
    .optional()
    .describe('Variables for the program; ${NAME} is taken from the daemon’s environment'),
  url: httpUrl().optional().describe('The address of an HTTP server'),
  headers: z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'this is not a name of an HTTP header'), word()).optional(),
});

const serverName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'a server name is 1 to 64 of a-z, 0-9, _ and -');

const agent = z.strictObject({
  description: sentence(2000).optional().describe('What the agent is for, in a sentence; shown to people and to other agents'),
  default: z.boolean().optional().describe('Answers what no binding claims; one agent at most'),
  model: modelName().optional().describe('<provider>/<model>; the top-level model when absent'),
  provider: z.string().optional().describe('Puts <provider>/ in front of model'),
  personality: z
    .union([sentence(200_000), z.strictObject({ file: z.string().min(1).max(4096) })], { error: 'personality is a text, or {file: path}' })
    .optional()
    .describe('Who the agent is: a text, or a file relative to this one. Without it, SOUL.md'),
  workspace: z.string().min(1).max(4096).optional().describe('The directory the agent works in; default $GUILDHALL_HOME/agents/<id>'),
  toolsets: z.array(z.string()).max(50).optional().describe('Profiles and tool groups, put together; instead of a profile in tools'),
  tools: toolPolicy.optional(),
  reasoning: z.enum(['off', 'low', 'medium', 'high']).optional(),
  max_turns: wholeNumber(1, 1000).optional().describe('Model steps one turn may take'),
  sandbox: z.enum(['off', 'require']).optional().describe('require: commands run in a sandbox or not at all'),
  fallback_model: modelName().optional().describe('Tried when the model fails before it says anything'),
  memory_enabled: z.boolean().optional(),
  subagents: z
    .strictObject({
      max_depth: wholeNumber(0, 16).optional().describe('How deep delegated tasks may nest; 0 forbids them'),
      max_children: wholeNumber(0, 64).optional().describe('How many children one turn may have at a time; 0 forbids them'),
      model: modelName().optional(),
    })
    .optional(),
  dm_scope: z.enum(['main', 'per_peer']).optional().describe('main: one session for all direct messages; per_peer: one for each person'),
  mcp_servers: z.record(serverName, mcpServer).optional(),
  budget: z
    .strictObject({
      usd_per_day: amountOfMoney().optional(),
      tokens_per_day: wholeNumber(0, 1_000_000_000_000).optional(),
      usd_per_turn: amountOfMoney().optional(),
    })
    .optional(),
  without_asking: z
    .strictObject({
      commands: z
        .array(z.array(word()).min(1).max(200))
        .max(500)
        .optional()
        .describe('Whole commands, word by word, that run without a yes beside those that only read'),
      web_hosts: z
        .array(z.string().regex(/^(\*\.)?[a-z0-9.-]+$/, 'a host is written like docs.example.org, or *.example.org'))
        .max(500)
        .optional()
        .describe('Hosts that are read without a yes; every other asks'),
      send_to: z.array(z.string().min(1).max(500)).max(500).optional().describe('Targets that send_message reaches without a yes'),
    })
    .optional()
    .describe('What the agent may do without a person’s yes, beyond what is harmless'),
  busy: z.enum(['queue', 'steer', 'interrupt']).optional().describe('What a message does that arrives during a turn'),
});

const bindingFields = {
  agent: agentId(),
  platform: z
    .string()
    .regex(/^(\*|[a-z0-9][a-z0-9_-]{0,31})$/, 'a platform is a lower-case word, or "*" for every platform')
    .optional(),
  account: platformId('account').optional(),
  chat: platformId('chat id').optional(),
  peer: platformId('peer id').optional(),
  guild: platformId('guild id').optional(),
  team: platformId('team id').optional(),
  chat_type: z.enum(chatTypes).optional(),
  thread: platformId('thread id').optional(),
};

/** The short form: `telegram: "-100123"` is that chat, `whatsapp: "*"` the whole platform. */
const shortForms = Object.fromEntries(platforms.map((platform) => [platform, platformId('chat id').optional()])) as Record<
  (typeof platforms)[number],
  z.ZodOptional<z.ZodString>
>;

const binding = z.strictObject({ ...bindingFields, ...shortForms });

const provider = z.strictObject({
  type: z
    .enum(['anthropic', 'openai', 'google', 'openrouter', 'openai-compatible'])
    .optional()
    .describe('The protocol it speaks; taken from the name when that is one of these'),
  base_url: httpUrl().optional(),
  api_key: secretReference().optional(),
});

const price = z.strictObject({
  input: amountOfMoney().describe('USD for a million input tokens'),
  output: amountOfMoney().describe('USD for a million output tokens'),
  cached_input: amountOfMoney().optional().describe('USD for a million input tokens read from the provider’s cache; as input when absent'),
});

const channel = z.strictObject({
  platform: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a platform is a lower-case word'),
  url: httpUrl().describe('Where answers are posted'),
  secret: secretReference().optional().describe('Signs what is posted'),
});

const hook = z.strictObject({
  event: z.enum(['before_turn', 'after_turn', 'before_tool', 'after_tool']),
  command: z.array(word()).min(1).max(200).optional().describe('Program and arguments; no shell'),
  url: httpUrl().optional().describe('Posted to instead of a command'),
  agents: z.array(agentId()).min(1).max(200).optional().describe('For these agents only'),
  timeout_seconds: wholeNumber(1, 600).optional(),
});

const role = z.strictObject({
  title: roleWord(200).optional().describe('How people call it'),
  mission: sentence(20_000).optional().describe('What it is there for; every turn of the role is told'),
  responsibilities: z.array(sentence(2000)).max(50).optional(),
  aliases: z.array(roleName()).max(50).optional().describe('Other names that mean this role'),
  reports_to: roleName().nullable().optional().describe('Who may ask work of it; the Lead when absent, null for nobody'),
  agent: agentId().optional().describe('Who fills it; without it the agent of that id, else the default agent'),
  person: z.boolean().optional().describe('A person fills it: its work waits until they answer'),
  proof: z.enum(proofKinds).optional().describe('What its work must leave behind: a file, a file or an action, or nothing but the answer'),
});

const seconds = (to: number): z.ZodOptional<z.ZodInt> => wholeNumber(1, to).optional();

export const configSchema = z.strictObject({
  agents: z.record(agentId(), agent.nullable()).optional().describe('The agents, by id'),
  bindings: z.array(binding).max(5000).optional().describe('Which agent answers which messages; the most specific wins'),
  model: modelName().optional().describe('The model of every agent that names none'),
  fallback_model: modelName().optional(),
  providers: z.record(serverName, provider).optional(),
  prices: z.record(modelName(), price).optional().describe('Prices by model id, over the built-in ones'),
  subagent: z.strictObject({ model: modelName().optional() }).optional(),
  channels: z.record(serverName, channel).optional().describe('Where answers leave to, by name'),
  session_triggers: sessionTriggers,
  actions,
  risk_classes: riskClasses,
  budget: installationBudget,
  roles: z
    .record(roleName(), role.nullable())
    .optional()
    .describe('Roles that plans are worked on by, over the built-in ones: lead, planner, developer, validator, release'),
  skills: z
    .strictObject({
      folders: z
        .record(serverName, z.string().min(1).max(4096))
        .optional()
        .describe('Folders of skills by project, beside those of the installation and of agents'),
    })
    .optional(),
  hooks: z.array(hook).max(100).optional(),
  approvals: z
    .strictObject({
      timeout_seconds: seconds(604_800),
      approvers: z.array(word(1)).max(200).optional().describe('Who may say yes in a chat beside the operator, like telegram:12345'),
    })
    .optional(),
  compaction: z.strictObject({ at_tokens: wholeNumber(2000, 10_000_000).optional() }).optional(),
  tools: z
    .strictObject({
      web_search: z
        .strictObject({ type: z.enum(['searxng', 'brave', 'tavily']), base_url: httpUrl().optional(), api_key: secretReference().optional() })
        .optional(),
      vision_analyze: z.strictObject({ model: modelName() }).optional(),
      text_to_speech: z.strictObject({ model: modelName(), voice: z.string().min(1).max(100).optional() }).optional(),
      image_generate: z.strictObject({ model: modelName() }).optional(),
    })
    .optional()
    .describe('The services behind tools that need one'),
  limits: z
    .strictObject({
      turn_seconds: seconds(86_400).describe('How long a turn may take'),
      tool_seconds: seconds(86_400).describe('How long a tool call may take'),
      tool_calls_per_turn: wholeNumber(1, 10_000).optional(),
      queued_messages: wholeNumber(1, 100_000).optional().describe('Messages that may wait in one session'),
      chain_depth: wholeNumber(1, 64)
        .optional()
        .describe('Steps that may follow one another, from one first cause: tasks, children, roles, handoffs, schedules'),
    })
    .optional(),
});

/** The file's data, valid by itself. */
export type WrittenConfig = z.infer<typeof configSchema>;
export type WrittenAgent = z.infer<typeof agent>;
export type WrittenRole = z.infer<typeof role>;
export type WrittenBinding = z.infer<typeof binding>;
export type WrittenTools = z.infer<typeof toolPolicy>;
