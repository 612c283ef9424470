/** Agent files of Claude Code: Markdown with front matter; the body is the prompt. */
import { parse } from 'yaml';
import type { Harvest, ImportFile } from './harvest.ts';
import { isRecord, said } from './foreign-data.ts';
import { translateAllowed, translateDenied, translateServers, type ToolMap } from './translate.ts';

const claudeTools: ToolMap = {
  Read: ['read_file'],
  NotebookRead: ['read_file'],
  Write: ['write_file'],
  Edit: ['patch'],
  MultiEdit: ['patch'],
  Bash: ['terminal'],
  BashOutput: ['process'],
  KillShell: ['process'],
  KillBash: ['process'],
  Grep: ['search_files'],
  Glob: ['search_files'],
  LS: ['search_files'],
  WebSearch: ['web_search'],
  WebFetch: ['web_extract'],
  Task: ['delegate_task'],
  Agent: ['delegate_task'],
  TodoWrite: ['todo'],
  TodoRead: ['todo'],
  TaskCreate: ['todo'],
  TaskUpdate: ['todo'],
  TaskList: ['todo'],
  TaskGet: ['todo'],
  AskUserQuestion: ['clarify'],
};

/** The models behind the short names, as of this version. */
const claudeModels: Readonly<Record<string, string>> = {
  opus: 'anthropic/claude-opus-4.6',
  sonnet: 'anthropic/claude-sonnet-4',
  haiku: 'anthropic/claude-haiku-4.5',
};

export function importClaudeAgents(files: readonly ImportFile[], harvest: Harvest): void {
  for (const file of files) {
    if (!/\.md$/i.test(file.path)) continue;
    const [, head, body] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(file.text) ?? [];
    if (head === undefined) {
      harvest.leaveOut(`${file.path}: no front matter, so it is not an agent`);
      continue;
    }
    importOne(file.path, readFrontMatter(head, file.path, harvest), (body ?? '').trim(), harvest);
  }
}

/** Front matter is often not quite YAML: a description with a colon in it. Then each line is a key and the rest its text. */
function readFrontMatter(text: string, path: string, harvest: Harvest): Record<string, unknown> {
  try {
    const data: unknown = parse(text, { maxAliasCount: 0, logLevel: 'error', stringKeys: true });
    if (isRecord(data)) return data;
  } catch {
    harvest.note(`${path}: the front matter is not valid YAML, and was read line by line`);
  }
  const fields: Record<string, unknown> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, key, value] = /^([A-Za-z][\w-]*)\s*:\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined) fields[key] = (value ?? '').replaceAll(/^(["'])(.*)\1$/g, '$2');
    else if (line.trim() !== '') harvest.leaveOut(`${path}: the line "${line.trim().slice(0, 80)}"`);
  }
  return fields;
}

function importOne(path: string, fields: Record<string, unknown>, body: string, harvest: Harvest): void {
  const { name, description, tools, disallowedTools, model, maxTurns, effort, mcpServers, permissionMode, memory, ...rest } = fields;
  const fileName = (path.split('/').at(-1) ?? path).replace(/\.md$/i, '');
  const who = typeof name === 'string' && name.trim() !== '' ? name.trim() : fileName;
  for (const key of Object.keys(rest)) harvest.leaveOut(`${who}: ${key}`);
  if (permissionMode !== undefined)
    harvest.leaveOut(`${who}: permissionMode ${said(permissionMode)}; what is dangerous asks a person here, whatever a file says`);
  if (memory !== undefined) harvest.note(`${who}: memory ${said(memory)}; every agent has a memory of its own here`);
  const servers = translateServers(serversIn(mcpServers, who, harvest), who, harvest);
  harvest.addAgent(who, {
    description: typeof description === 'string' ? description.slice(0, 2000) : undefined,
    model: translateModel(model, who, harvest),
    personality: body === '' ? undefined : body,
    tools: translateTools(tools, withServersOf(servers, listOf(disallowedTools), who, harvest), who, harvest),
    max_turns: typeof maxTurns === 'number' ? maxTurns : undefined,
    reasoning: translateEffort(effort, who, harvest),
    mcp_servers: servers,
  });
}

function translateTools(tools: unknown, denied: readonly string[], who: string, harvest: Harvest): unknown {
  const deny = translateDenied(denied, claudeTools, who, harvest);
  if (tools === undefined || tools === null || tools === '*' || tools === '') {
    harvest.note(`${who}: it inherited every tool; it has the profile coding here`);
    return deny.length === 0 ? 'coding' : { profile: 'coding', deny };
  }
  const allow = translateAllowed(listOf(tools), claudeTools, who, harvest);
  return deny.length === 0 ? allow : { allow, deny };
}

/** Without the names of tools of servers that the agent does not have: there is nothing to deny. */
function withServersOf(servers: Record<string, unknown> | undefined, names: readonly string[], who: string, harvest: Harvest): readonly string[] {
  return names.filter((name) => {
    const server = /^mcp__([\w-]+?)(?:__|$)/.exec(name)?.[1]?.toLowerCase();
    const there = server === undefined || Object.hasOwn(servers ?? {}, server);
    if (!there) harvest.leaveOut(`${who}: ${name} (deny) is of a server the agent does not have here`);
    return there;
  });
}

/** `Read, Bash(git log, git diff)` or a list. Commas in parentheses do not separate. */
function listOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string');
  if (typeof value !== 'string') return [];
  return [...value.matchAll(/[^,()]+(?:\([^)]*\))?/g)].map((match) => match[0].trim()).filter((item) => item !== '');
}

function translateModel(model: unknown, who: string, harvest: Harvest): string | undefined {
  if (typeof model !== 'string' || model === 'inherit' || model === '') return undefined;
  const short = Object.hasOwn(claudeModels, model) ? claudeModels[model] : undefined;
  if (short !== undefined) {
    harvest.note(`${who}: the model ${model} was taken to be ${short}`);
    return short;
  }
  return model.includes('/') ? model : `anthropic/${model}`;
}

function translateEffort(effort: unknown, who: string, harvest: Harvest): string | undefined {
  if (effort === undefined) return undefined;
  if (effort === 'low' || effort === 'medium' || effort === 'high') return effort;
  harvest.note(`${who}: effort ${said(effort)} was taken as reasoning high`);
  return 'high';
}

/** A list of names of servers defined elsewhere, and of maps of servers defined in place. */
function serversIn(value: unknown, who: string, harvest: Harvest): unknown {
  if (!Array.isArray(value)) return value;
  const servers: Record<string, unknown> = {};
  for (const item of value) {
    if (isRecord(item)) Object.assign(servers, item);
    else harvest.leaveOut(`${who}: the MCP server ${said(item)} is defined elsewhere; add it under mcp_servers`);
  }
  return servers;
}
