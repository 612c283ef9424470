/** What a turn needs to know of the agent it runs as, read afresh so that a changed configuration bites at the next step. */
import type { Amount, BudgetLimit } from '@guildhall/authority';
import type { PolicyLayer, Settled } from '@guildhall/protocol';
import type { Turn } from './turn.ts';

export interface AgentProfile {
  readonly id: string;
  readonly model: string;
  readonly fallbackModel?: string;
  readonly reasoning?: 'off' | 'low' | 'medium' | 'high';
  /** Personality, house rules, memory snapshot. The same text for the same configuration and memory, so that prompt caches hit. */
  readonly system: string;
  /** Does `system` hold what the agent remembers? */
  readonly remembers: boolean;
  readonly layers: readonly PolicyLayer[];
  /** Absolute path. */
  readonly workspace: string;
  /** Model steps a turn may take. */
  readonly maxSteps: number;
  /** Tool calls a turn may make. */
  readonly maxToolCalls: number;
  readonly turnTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** Summarise the past when the context is estimated to be larger than this. */
  readonly compactAtTokens: number;
  readonly budgets: readonly BudgetLimit[];
}

export interface AgentDirectory {
  /** The agent as it is to act in this turn; a delegated child may have another model. Refused when it cannot act: it is no longer
   * configured, or its personality is missing. */
  describeAgent(agent: string, turn: Turn): Promise<Settled<AgentProfile>>;
  /** The agent's own policy layers at this moment, as they are for this turn; empty when it is gone, which allows nothing. */
  policyOf(agent: string, turn: Turn): readonly PolicyLayer[];
  /** What a step with so many input tokens is expected to cost, for the reservation. */
  estimateStep(model: string, inputTokens: number): Promise<Amount>;
}

/** Programs the operator has hooked to turns and tool calls. They can refuse; they cannot allow what policy denies. */
export interface TurnHooks {
  beforeTurn(event: HookEvent): Promise<HookAnswer>;
  afterTurn(event: HookEvent & { readonly outcome: string }): Promise<void>;
  beforeTool(event: HookEvent & { readonly tool: string; readonly args: unknown }): Promise<HookAnswer>;
  afterTool(event: HookEvent & { readonly tool: string; readonly outcome: string }): Promise<void>;
}

export interface HookEvent {
  readonly agent: string;
  readonly sessionKey: string;
  readonly turnId: string;
  readonly signal: AbortSignal;
}

/** A hook that fails, hangs past its deadline or answers nonsense refuses: unknown is no. */
export type HookAnswer = { readonly allow: true } | { readonly allow: false; readonly reason: string };
