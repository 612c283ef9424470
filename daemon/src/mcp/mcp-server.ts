/**
 * The board and handoffs as an MCP server. It answers one message at a time; the door brings and takes them.
 *
 * A claim that was taken in a session is kept by its client being there: every request renews it, and so does the stream a client holds open to listen, for half an hour after its last request.
 * A client that goes away, hangs or is stopped loses its claims when their leases lapse.
 */
import type { Clock, Ids } from '@guildhall/kernel';
import type { BoardOperations } from '../board-operations.ts';
import type { HandoffOperations } from '../handoff-operations.ts';
import { checkTools } from './call-tool.ts';
import { claimTaskTool } from './claim-task.ts';
import { claimTools } from './claim-tools.ts';
import { renewClaims, restUntilRenewal } from './held-claims.ts';
import { handoffTools } from './handoff-tools.ts';
import { laneTools } from './lane-tools.ts';
import type { McpParts, McpRequest } from './mcp-request.ts';
import { createMcpSessions, type McpSession, type McpSessions } from './mcp-sessions.ts';
import { operatorTools } from './operator-tools.ts';
import { answerInSession } from './session-era.ts';
import { answerAlone, isStateless } from './stateless-era.ts';
import { accepted, rpcError, rpcErrors, rpcMessage, rpcResponse, type McpAnswer } from './wire.ts';

export interface McpServer {
  answer(message: unknown, request: McpRequest): Promise<McpAnswer>;
  /** Keeps the claims of a session while its client listens. Resolves when it leaves. */
  listen(session: McpSession, request: Pick<McpRequest, 'by' | 'signal'>): Promise<void>;
  readonly sessions: McpSessions;
}

/** A client that has only listened for so long may have forgotten what it holds. */
const mostSilentMs = 30 * 60_000;

export interface McpServerDeps {
  readonly board: BoardOperations;
  readonly handoffs: HandoffOperations;
  readonly clock: Clock;
  readonly ids: Ids;
}

export function createMcpServer({ board, handoffs, clock, ids }: McpServerDeps): McpServer {
  const sessions = createMcpSessions(clock, ids);
  const tools = checkTools([claimTaskTool(board, clock), ...laneTools(board), ...claimTools(board), ...operatorTools(board), ...handoffTools(handoffs)]);
  const parts: McpParts = { board, sessions, tools };
  return {
    sessions,
    async answer(message, request) {
      const parsed = rpcMessage.safeParse(message);
      if (parsed.success) return isStateless(parsed.data, request) ? answerAlone(parts, parsed.data, request) : answerInSession(parts, parsed.data, request);
      if (rpcResponse.safeParse(message).success) return accepted;
      return rpcError(null, { code: rpcErrors.invalidRequest, message: 'The body must be one JSON-RPC 2.0 request or notification.' }, 400);
    },
    async listen(session, { by, signal }) {
      while (!signal.aborted) {
        await restUntilRenewal(clock, session, signal);
        if (!signal.aborted && clock.mono() - session.lastRequestAt < mostSilentMs) await renewClaims(board, by, session);
      }
    },
  };
}
