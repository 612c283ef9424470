import type { Verb } from '../verb.ts';

export const mcpVerb: Verb = {
  usage: 'mcp',
  summary: 'Speak MCP on stdio, for editors and agents',
  more: 'A thin client of the daemon: one JSON-RPC message on each line of stdin and stdout. It goes on after a restart of the daemon.',
  example: 'guildhall mcp --lane factory',
  options: [{ flags: '--lane <name>', summary: 'Claim tasks as this lane (default: that of the credential)' }],
  load: async () => (await import('../commands/mcp/speak-mcp.ts')).speakMcp,
};
