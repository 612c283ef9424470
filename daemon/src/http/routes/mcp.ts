/** The board as an MCP server. */
import { refuse } from '@guildhall/protocol';
import { freeEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';

type Names = 'post /mcp' | 'get /mcp' | 'delete /mcp';

export function mcpEndpoints(): Pick<Endpoints, Names> {
  const later = () => freeEndpoint({ answer: { status: 200, content: {} }, work: async () => refuse('not-available', 'This daemon does not speak MCP yet.') });
  return { 'post /mcp': later(), 'get /mcp': later(), 'delete /mcp': later() };
}
