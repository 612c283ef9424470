import { laneOf } from '@guildhall/authority';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { ToolCall } from './mcp-tool.ts';

/** The lane a caller acts as: its credential's own; an operator names one in a header. */
export function laneOfCall({ by, laneHeader }: Pick<ToolCall, 'by' | 'laneHeader'>): Settled<string> {
  const own = laneOf(by);
  if (own !== undefined) {
    if (laneHeader === undefined || laneHeader === own) return done(own);
    return refuse('not-allowed', `this token is of the lane ${own} and may not act as ${laneHeader.slice(0, 80)}; leave the header Guildhall-Lane out`);
  }
  if (by.scopes.some((scope) => scope.startsWith('claim:'))) return refuse('not-allowed', 'a claim is good for its one task; only a lane takes tasks');
  if (laneHeader !== undefined) return done(laneHeader);
  return refuse('invalid-input', 'say as which lane: an operator names it in the header Guildhall-Lane (guildhall mcp --lane NAME)');
}
