/**
 * From `tools:` of an agent to a layer of policy. The set is profile, also_allow and allow together, less deny; deny always wins. An agent that says nothing may use
 * every tool; one that only denies, every other.
 */
import { canonicalToolName, toolGroups } from '@guildhall/authority';
import type { PolicyLayer } from '@guildhall/protocol';
import type { WrittenTools } from './config-schema.ts';
import { isToolProfile, toolNames, toolProfileNames, toolProfiles, type ToolProfileName } from './tool-names.ts';

export function toolPolicyLayer(agent: string, tools: WrittenTools | undefined, toolsets: readonly string[] | undefined): PolicyLayer {
  const source = `agent ${agent}`;
  const sets = toolsets === undefined ? [] : [...new Set(toolsets.flatMap((name) => toolsetPatterns(name)))];
  if (tools === undefined) return { source, allow: toolsets === undefined ? '*' : joined(sets), deny: [] };
  if (typeof tools === 'string') return { source, allow: joined(profilePatterns(tools)), deny: [] };
  if (isList(tools)) return { source, allow: joined(canonical(tools)), deny: [] };
  const { profile, also_allow: alsoAllow, allow } = tools;
  const deny = canonical(tools.deny ?? []);
  if (profile === undefined && toolsets === undefined && alsoAllow === undefined && allow === undefined) return { source, allow: '*', deny };
  const base = profile === undefined ? [] : profilePatterns(profile);
  return { source, allow: joined([...base, ...sets, ...canonical(alsoAllow ?? []), ...canonical(allow ?? [])]), deny };
}

function isList(tools: WrittenTools): tools is string[] {
  return Array.isArray(tools);
}

function profilePatterns(profile: ToolProfileName): readonly string[] {
  const tools = toolProfiles[profile];
  return tools === '*' ? ['*'] : tools;
}

/** The patterns behind one name of `toolsets:`, a profile or a tool group. */
function toolsetPatterns(name: string): readonly string[] {
  return isToolProfile(name) ? profilePatterns(name) : [`group:${name}`];
}

function canonical(patterns: readonly string[]): readonly string[] {
  return patterns.map((pattern) => canonicalToolName(pattern));
}

function joined(patterns: readonly string[]): '*' | readonly string[] {
  return patterns.includes('*') ? '*' : [...new Set(patterns)];
}

export const toolsetNames: readonly string[] = [...toolProfileNames, ...Object.keys(toolGroups)];

export interface PatternProblem {
  readonly message: string;
  /** What it could have meant, for "did you mean". */
  readonly candidates: readonly string[];
  readonly typed: string;
}

/**
 * Why a pattern of allow, also_allow or deny can never match a tool: a name nobody knows, a group that is not there, a server the agent does not have. A misspelt
 * deny would silently allow.
 */
export function findPatternProblem(pattern: string, servers: readonly string[], whose = 'the agent has no'): PatternProblem | undefined {
  const wanted = canonicalToolName(pattern);
  const known: readonly string[] = toolNames;
  if (wanted === '*' || known.includes(wanted)) return undefined;
  if (wanted.startsWith('group:')) {
    const groups = Object.keys(toolGroups).map((name) => `group:${name}`);
    return groups.includes(wanted) ? undefined : { message: `there is no tool group "${pattern.slice(0, 80)}"`, candidates: groups, typed: wanted };
  }
  if (wanted.startsWith('mcp:')) return findServerProblem(pattern, wanted, servers, whose);
  if (!wanted.endsWith('*')) return { message: `there is no tool "${pattern.slice(0, 80)}"`, candidates: known, typed: wanted };
  if (known.some((name) => name.startsWith(wanted.slice(0, -1)))) return undefined;
  const families = [...new Set(known.map((name) => `${name.split('_')[0]}_*`))];
  return { message: `no tool begins with "${wanted.slice(0, -1).slice(0, 80)}"`, candidates: families, typed: wanted };
}

function findServerProblem(pattern: string, wanted: string, servers: readonly string[], whose: string): PatternProblem | undefined {
  if (wanted === 'mcp:*') return undefined;
  const match = /^mcp:([a-z0-9][a-z0-9_-]*)\/\S+$/.exec(wanted);
  if (match === null)
    return {
      message: `"${pattern.slice(0, 80)}" is not mcp:<server>/<tool> or mcp:<server>/*`,
      candidates: servers.map((name) => `mcp:${name}/*`),
      typed: wanted,
    };
  const server = match[1] ?? '';
  if (servers.includes(server)) return undefined;
  return {
    message: `${whose} MCP server "${server}"`,
    candidates: servers.map((name) => wanted.replace(`mcp:${server}/`, `mcp:${name}/`)),
    typed: wanted,
  };
}
