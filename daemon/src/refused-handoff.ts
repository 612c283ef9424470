/** A handoff that was refused is stored like any other; to whoever asked for it it is a no. */
import { refuse, type HandoffView, type Refusal } from '@guildhall/protocol';

/** Undefined when it was not refused. `guardrail` is the one that decided, null where a person did. */
export function refusalOf({ id, status, reason, decision }: HandoffView): Refusal | undefined {
  if (status !== 'refused') return undefined;
  const guardrail = decision.verdict === 'deny' ? decision.decidedBy : null;
  return refuse('not-allowed', reason, { handoff: id, guardrail, status }).refusal;
}
