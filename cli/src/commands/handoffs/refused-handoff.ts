import type { Refusal, Settled } from '@guildhall/protocol';

/** A no of a guardrail is kept with everything it looked at: the sentence says where. */
export function pointToExplanation(refusal: Refusal): Settled<never> {
  const id = refusedHandoff(refusal);
  const command = `guildhall handoffs explain ${id ?? ''}`;
  if (id === undefined || refusal.message.includes(command)) return { ok: false, refusal };
  return { ok: false, refusal: { ...refusal, message: `${refusal.message.replace(/[.\s]*$/, '')}. Why exactly: ${command}` } };
}

/** The handoff that was stored as refused, where a guardrail and no other reason refused it. */
export function refusedHandoff({ code, details = {} }: Refusal): string | undefined {
  const id = code === 'not-allowed' && 'guardrail' in details ? details['handoff'] : undefined;
  return typeof id === 'string' && /^[\w-]+$/.test(id) ? id : undefined;
}
