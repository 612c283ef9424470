/** Judging a handoff that is there once more, with what it keeps of the decision. */
import type { Handoff, HandoffDecision, HandoffQuestion } from '@guildhall/handoffs';
import type { WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { fromStoredJson, toStoredJson } from '../stored-text.ts';
import { change } from './change-handoff.ts';
import { countFacts, judge, keepDecision } from './judge-handoff.ts';
import { forbidding } from './narrow.ts';

export interface JudgedAgain {
  readonly question: HandoffQuestion;
  readonly row: HandoffRow;
  readonly decision: HandoffDecision;
}

/** The row, which is held, with what would run now and under which rules; forbidden actions only grow. */
export async function judgeAgain(
  tx: WriteTransaction,
  row: HandoffRow,
  question: HandoffQuestion,
  changes: Partial<HandoffRow> & { readonly chain: Handoff['provenance'] },
): Promise<JudgedAgain> {
  const { chain, ...others } = changes;
  const judged = { id: row.id, reservation: row.reservation, earlier: null };
  const facts = await countFacts(tx, question, judged);
  const { decision, reservation } = await judge(tx, question, judged, facts);
  await keepDecision(tx, row.id, decision);
  const forbidden = [...new Set([...fromStoredJson(row.forbidden), ...decision.forbidden])].toSorted();
  const now = {
    ...others,
    risk_level: decision.riskLevel,
    forbidden: toStoredJson(forbidden),
    provenance: toStoredJson(forbidding(chain, forbidden)),
    digest: decision.digest,
    reservation,
  };
  await change(tx, row, now);
  return { question, row: { ...row, ...now }, decision };
}
