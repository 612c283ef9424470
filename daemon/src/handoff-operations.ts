/** What the doors and the tools of agents can ask about handoffs. Each verb authorises, does one thing, and answers with a view or a refusal. */
import type { Credential } from '@guildhall/authority';
import type {
  CancelledHandoff,
  CancelHandoffRequest,
  HandoffChange,
  HandoffEdge,
  HandoffExplanation,
  HandoffRecord,
  HandoffRequest,
  HandoffStatus,
  HandoffView,
  RequestedHandoff,
  Settled,
} from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';

/** Who asks: a credential at a door, or an agent within a turn. An agent asks as the session its turn is in, and for nobody else. */
export type HandoffCaller = { readonly kind: 'credential'; readonly credential: Credential } | { readonly kind: 'agent'; readonly turn: ToolContext };

/** As an agent asks. `awaited`: its call waits for the end. `needed`: so many of the handoffs of its turn must have ended before it sums up; all when left out. */
interface AgentHandoffRequest extends Omit<HandoffRequest, 'source'> {
  readonly awaited: boolean;
  readonly needed?: number | undefined;
}

export interface HandoffOperations {
  /** For the operator, who names the source; what every guardrail said is in the answer, also when it is refused. */
  dispatchHandoff(request: HandoffRequest, by: HandoffCaller): Promise<Settled<RequestedHandoff>>;
  dispatchAsAgent(request: AgentHandoffRequest, turn: ToolContext): Promise<Settled<RequestedHandoff>>;
  importHandoff(record: HandoffRecord, by: HandoffCaller): Promise<Settled<RequestedHandoff & { readonly warnings: readonly string[] }>>;
  listHandoffs(query: {
    readonly status?: HandoffStatus;
    readonly source?: string;
    readonly target?: string;
    readonly open?: boolean;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly HandoffView[]>;
  /** With `waitMs` > 0 answers when it has ended or the wait is over. */
  readHandoff(id: string, waitMs: number, signal: AbortSignal): Promise<Settled<HandoffView>>;
  explainHandoff(id: string): Promise<Settled<HandoffExplanation>>;
  editHandoff(id: string, change: HandoffChange, by: HandoffCaller): Promise<Settled<HandoffView>>;
  /** The operator, or the session that asked. Answers when what ran has stopped, or cannot be confirmed to have. */
  cancelHandoff(id: string, request: CancelHandoffRequest, by: HandoffCaller): Promise<Settled<CancelledHandoff>>;
  resumeHandoff(id: string, by: HandoffCaller): Promise<Settled<HandoffView>>;
  listEdges(): Promise<readonly HandoffEdge[]>;
}
