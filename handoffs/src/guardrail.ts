/** One guardrail: a pure question and its answer. */
import type { GuardrailVerdict, JsonObject } from '@guildhall/protocol';
import type { HandoffDecision, HandoffFacts, HandoffQuestion } from './decision.ts';

/** The question with what follows from it alone. */
export interface Judged extends HandoffQuestion {
  /** As declared, as the source has it by default, as the target demands: whichever is highest. */
  readonly riskLevel: HandoffDecision['riskLevel'];
  /** The request's, the source's and the chain's, sorted. */
  readonly allForbidden: readonly string[];
}

export interface Answer {
  readonly verdict: GuardrailVerdict;
  readonly rule: string;
  readonly inputs: JsonObject;
}

/** Total: it also answers where another one has already said no. */
export type Ask = (question: Judged, facts: HandoffFacts) => Answer;

export function yes(rule: string, inputs: JsonObject): Answer {
  return { verdict: 'allow', rule, inputs };
}

export function ask(rule: string, inputs: JsonObject): Answer {
  return { verdict: 'ask', rule, inputs };
}

export function no(rule: string, inputs: JsonObject): Answer {
  return { verdict: 'deny', rule, inputs };
}
