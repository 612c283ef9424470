/** What an MCP server offers, checked and given our names. Pure. Everything in it is the server's word and may try to persuade. */
import { canonicalToolName } from '@guildhall/authority';
import { canonicalJson, sha256 } from '@guildhall/kernel';
import type { JsonObject } from '@guildhall/protocol';
import { z } from 'zod';
import { printable, printableLine } from '../printable.ts';

export interface McpToolDefinition {
  /** `mcp:<server>/<tool>`. */
  readonly name: string;
  /** As the server calls it. */
  readonly serverName: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

export interface ServedTools {
  /** Digest of everything the server said of its tools, in any order: names, descriptions, schemas, also of tools that are left out. */
  readonly hash: string;
  readonly tools: readonly McpToolDefinition[];
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

export const mostTools = 200;
const longestDescription = 1500;
const longestSchema = 30_000;

const served = z.object({ name: z.string(), title: z.string().optional(), description: z.string().optional(), inputSchema: z.record(z.string(), z.json()) });
export type ServedTool = z.output<typeof served>;

/** The tools among what a server listed; what is no tool at all is dropped. */
export function servedToolsIn(listed: readonly unknown[]): readonly ServedTool[] {
  return listed.flatMap((one) => {
    const parsed = served.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
}

export function checkTools(server: string, listed: readonly ServedTool[]): ServedTools {
  const lines = listed
    .map(({ name, title, description, inputSchema }) => canonicalJson({ name, title, description, inputSchema }))
    .toSorted((a, b) => (a < b ? -1 : 1));
  const hash = sha256(lines.join('\n'));
  const tools: McpToolDefinition[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  for (const tool of listed) {
    const name = `mcp:${server}/${canonicalToolName(tool.name)}`;
    const reason = objectionTo(tool, listed);
    if (reason === null)
      tools.push({
        name,
        serverName: tool.name,
        description: printable(tool.description ?? tool.title ?? '').slice(0, longestDescription),
        inputSchema: tool.inputSchema,
      });
    else leftOut.push({ name: printableLine(name, 120), reason });
  }
  return { hash, tools: tools.toSorted((a, b) => (a.name < b.name ? -1 : 1)), leftOut };
}

function objectionTo(tool: ServedTool, all: readonly ServedTool[]): string | null {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/u.test(tool.name)) return 'its name is not 1 to 64 letters, digits, "_", "-" or "."';
  const same = all.filter((other) => canonicalToolName(other.name) === canonicalToolName(tool.name));
  if (same.length > 1) return 'the server offers several tools of this name';
  if (tool.inputSchema['type'] !== 'object') return 'its input is not described as an object';
  if (JSON.stringify(tool.inputSchema).length > longestSchema) return `the description of its input is longer than ${longestSchema} characters`;
  return null;
}
