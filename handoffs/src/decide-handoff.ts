/** Asks every guardrail, and puts their answers together: one no is no, else one question asks. */
import { type Guardrail, type GuardrailAnswer, guardrails } from '@guildhall/protocol';
import type { HandoffDecision, HandoffFacts, HandoffQuestion } from './decision.ts';
import { handoffDigest } from './digest.ts';
import type { Ask, Judged } from './guardrail.ts';
import { countingGuardrails } from './guardrails-counted.ts';
import { statedGuardrails } from './guardrails-stated.ts';
import { higherRisk, riskLevelOf } from './risk.ts';

const asks: Readonly<Record<Guardrail, Ask>> = { ...statedGuardrails, ...countingGuardrails };

export function decideHandoff(question: HandoffQuestion, facts: HandoffFacts): HandoffDecision {
  const judged = judge(question);
  const answers: readonly GuardrailAnswer[] = guardrails.map((guardrail) => ({ guardrail, ...asks[guardrail](judged, facts) }));
  const deciding = answers.find(({ verdict }) => verdict === 'deny') ?? answers.find(({ verdict }) => verdict === 'ask');
  const { riskLevel, allForbidden: forbidden } = judged;
  return {
    moment: question.moment,
    verdict: deciding?.verdict ?? 'allow',
    decidedBy: deciding?.guardrail ?? null,
    rule: deciding?.rule ?? 'every guardrail allows it',
    riskLevel,
    forbidden,
    digest: handoffDigest(question, { riskLevel, forbidden }),
    answers,
  };
}

function judge(question: HandoffQuestion): Judged {
  const { rules, chain } = question;
  const risks = [question.risk, rules.target.risk, ...(rules.source === undefined ? [] : [rules.source.defaultRisk])];
  const forbidden = new Set([...question.forbidden, ...(rules.source?.forbidden ?? []), ...(chain?.forbidden ?? [])]);
  return {
    ...question,
    riskLevel: risks.map((name) => riskLevelOf(name, rules.riskClasses)).reduce((a, b) => higherRisk(a, b)),
    allForbidden: [...forbidden].toSorted(),
  };
}
