import type { Credential } from '@guildhall/authority';
import type { ToolParts } from './call-tool.ts';
import type { McpSessions } from './mcp-sessions.ts';
import type { RpcId } from './wire.ts';

export interface McpParts extends ToolParts {
  readonly sessions: McpSessions;
}

/** The HTTP request that brought a message. */
export interface McpRequest {
  readonly by: Credential;
  readonly header: (name: string) => string | undefined;
  /** Aborts when the client leaves, its credential ends or the daemon stops. */
  readonly signal: AbortSignal;
  /** How to tell a client that waits with this token that the work goes on; nobody is told without one. */
  readonly progressFor: (token: RpcId | undefined) => (seconds: number, message: string) => void;
}
