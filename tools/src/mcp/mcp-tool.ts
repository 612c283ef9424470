import { done, isJsonObject, type JsonObject, type Settled } from '@guildhall/protocol';
import type { Tool, ToolContext, ToolResult } from '@guildhall/sessions';
import { z } from 'zod';
import type { McpToolDefinition } from './tool-set.ts';

const deepestArguments = 64;

/**
 * A tool of an MCP server. Its arguments go to the server as they are, which checks them itself: a schema of a stranger is shown to the model, never compiled here.
 * It is neither idempotent nor trusted, whatever the server says of it.
 */
export function mcpTool(definition: McpToolDefinition, call: (args: JsonObject, context: ToolContext) => Promise<ToolResult>): Tool {
  const input = z.custom<JsonObject>((value) => isJsonObject(value) && isShallow(value, deepestArguments), {
    error: `the arguments are not a JSON object of at most ${deepestArguments} levels`,
  });
  input._zod.toJSONSchema = () => structuredClone(definition.inputSchema);
  return {
    name: definition.name,
    description: definition.description,
    input,
    idempotent: false,
    untrusted: true,
    private: true,
    canonicalise: async (args): Promise<Settled<JsonObject>> => done(args),
    danger: () => null,
    effects: () => ({ kind: 'undecidable' }),
    run: call,
  };
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
