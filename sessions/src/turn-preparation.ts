/** What must be in place before a turn may act: asked once before the first model step of a drive, and before every tool call. It can refuse and add to the prompt; it grants nothing. */
import type { Fence } from '@guildhall/kernel';
import { type JsonObject, type Settled, done } from '@guildhall/protocol';
import type { AgentProfile, HookAnswer } from './agent-profile.ts';
import type { Turn } from './turn.ts';

export interface TurnPreparation {
  /**
   * The text that stands behind the agent's own prompt; empty for none. What it notes is noted under `fence`, before any model is asked. A refusal ends the turn with that reason and no model is
   * asked; `stale-claim` means that another holder has the session.
   */
  prepareTurn(turn: Turn, fence: Fence, profile: AgentProfile): Promise<Settled<{ readonly system: string }>>;
  /** Asked after policy has allowed the call, with its canonical arguments. */
  beforeTool(turn: Turn, fence: Fence, call: { readonly tool: string; readonly args: JsonObject }): Promise<HookAnswer>;
}

/** For turns that need nothing in place. */
export const nothingToPrepare: TurnPreparation = {
  prepareTurn: async () => done({ system: '' }),
  beforeTool: async () => ({ allow: true }),
};
