/** Translating tools and MCP servers of other programs into ours. */
import { readTextWithSecrets, soundsSecret } from '../secret-reference.ts';
import { isRecord, slug } from './foreign-data.ts';
import type { Harvest } from './harvest.ts';

/** Names of tools over there and what they are here. */
export type ToolMap = Readonly<Record<string, readonly string[]>>;

/** Translates what may be used. A rule about part of a tool is left out, for giving the whole would be more than was given. */
export function translateAllowed(names: readonly string[], map: ToolMap, who: string, harvest: Harvest): readonly string[] {
  return [...new Set(names.flatMap((name) => translateTool(name, map, who, harvest, 'allow')))];
}

/** Translates what may not be used. A rule about part of a tool denies the whole. */
export function translateDenied(names: readonly string[], map: ToolMap, who: string, harvest: Harvest): readonly string[] {
  return [...new Set(names.flatMap((name) => translateTool(name, map, who, harvest, 'deny')))];
}

function translateTool(written: string, map: ToolMap, who: string, harvest: Harvest, way: 'allow' | 'deny'): readonly string[] {
  const [, name = written.trim(), part] = /^([^()\s]+)\s*\((.*)\)$/.exec(written.trim()) ?? [];
  const mcp = /^mcp__([a-zA-Z0-9_-]+?)(?:__(.+))?$/.exec(name);
  if (mcp !== null) return [`mcp:${(mcp[1] ?? '').toLowerCase()}/${mcp[2] ?? '*'}`];
  const tools = Object.hasOwn(map, name) ? map[name] : undefined;
  if (tools === undefined) {
    harvest.leaveOut(`${who}: the tool ${name} (${way}) has no counterpart`);
    return [];
  }
  if (part === undefined || part === '' || part === '*') return tools;
  if (way === 'deny') {
    harvest.note(`${who}: ${written.trim()} forbids part of a tool; all of ${tools.join(', ')} is denied`);
    return tools;
  }
  harvest.leaveOut(`${who}: ${written.trim()} allows part of a tool, and ${tools.join(', ')} would be more; add it if that is meant`);
  return [];
}

/** MCP servers as others write them. Values of variables and headers that sound like secrets become references to variables of that name. */
export function translateServers(servers: unknown, who: string, harvest: Harvest): Record<string, unknown> | undefined {
  if (!isRecord(servers)) return undefined;
  const translated: Record<string, unknown> = {};
  for (const [name, server] of Object.entries(servers)) {
    const id = slug(name);
    if (id === '' || !isRecord(server)) {
      harvest.leaveOut(`${who}: the MCP server ${name}`);
      continue;
    }
    const { command, args, env, url, headers, ...rest } = server;
    for (const key of Object.keys(rest)) if (key !== 'type' && key !== 'enabled') harvest.leaveOut(`${who}: mcp server ${name}: ${key}`);
    const where = `${who}: mcp server ${name}`;
    translated[id] = { command, args, env: hideSecrets(env, where, harvest), url, headers: hideSecrets(headers, where, harvest) };
  }
  return Object.keys(translated).length === 0 ? undefined : translated;
}

function hideSecrets(texts: unknown, where: string, harvest: Harvest): Record<string, unknown> | undefined {
  if (!isRecord(texts)) return undefined;
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      if (!soundsSecret(name) || typeof text !== 'string' || readTextWithSecrets(text).some((part) => typeof part !== 'string')) return [name, text];
      const variable = name.toUpperCase().replaceAll(/\W+/g, '_');
      harvest.note(`${where}: the value of ${name} was not taken over; put it into the environment as ${variable}`);
      return [name, `\${${variable}}`];
    }),
  );
}
