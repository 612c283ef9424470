/** Handoffs as the tools of an agent ask for them; answered by the daemon, for the session the turn is in. */
import type { CancelledHandoff, HandoffView, RequestedHandoff, Settled } from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';

export interface HandoffToolRequest {
  readonly target: string;
  readonly task: string;
  readonly riskLevel?: string;
  readonly forbiddenActions: readonly string[];
  readonly dedupKey?: string;
  /** Wait for the end, within the time a tool may take. */
  readonly wait: boolean;
  /** So many of the turn's handoffs must have ended before the turn's session sums up; all when left out. */
  readonly needed?: number;
}

export interface HandoffPort {
  /** Why this agent may hand over nothing, in a sentence, and is offered no such tool; null where it may. */
  closedFor(agent: string): string | null;
  dispatch(request: HandoffToolRequest, context: ToolContext): Promise<Settled<RequestedHandoff>>;
  /** Of this session alone. */
  list(query: { readonly open: boolean }, context: ToolContext): Promise<Settled<readonly HandoffView[]>>;
  cancel(id: string, reason: string, context: ToolContext): Promise<Settled<CancelledHandoff>>;
}
