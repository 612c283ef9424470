/** What the gate said of each tool call, as it was stored with the call. */
import type { Decision } from '@guildhall/authority';
import type { Database, WriteTransaction } from './database.ts';
import type { DecisionRow } from './schema.ts';
import { fromStoredJson, storableText, toStoredJson } from './stored-text.ts';

export interface StoredDecision extends Decision {
  readonly sessionKey: string;
  readonly turnId: string;
  readonly callId: string;
  readonly at: number;
  /** The approval that allowed it, where one was needed. */
  readonly approvalId?: string;
}

export interface DecisionStore {
  /** Newest first, of a turn or of a session. */
  listDecisions(query: { readonly turnId?: string; readonly sessionKey?: string; readonly limit: number }): Promise<readonly StoredDecision[]>;
}

export function decisionStore(database: Database): DecisionStore {
  return {
    listDecisions: ({ turnId, sessionKey, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('decisions')
          .selectAll()
          .$if(turnId !== undefined, (query) => query.where('turn_id', '=', turnId ?? ''))
          .$if(sessionKey !== undefined, (query) => query.where('session_key', '=', sessionKey ?? ''))
          .orderBy('at', 'desc')
          .orderBy('call_id', 'desc')
          .limit(limit)
          .execute();
        return rows.map(toDecision);
      }),
  };
}

/** Stores the decision with the call it was made for; the first one for a call stays. */
export async function recordDecision(
  { db, at }: WriteTransaction,
  call: { readonly sessionKey: string; readonly turnId: string; readonly callId: string; readonly decision: Decision; readonly approvalId?: string },
): Promise<void> {
  const { decision } = call;
  await db
    .insertInto('decisions')
    .values({
      turn_id: call.turnId,
      call_id: call.callId,
      session_key: call.sessionKey,
      at,
      verdict: decision.verdict,
      tool: storableText(decision.tool),
      digest: decision.digest,
      rule: storableText(decision.rule),
      answers: toStoredJson(decision.answers),
      approval_id: call.approvalId ?? null,
    })
    .onConflict((conflict) => conflict.columns(['turn_id', 'call_id']).doNothing())
    .execute();
}

function toDecision(row: DecisionRow): StoredDecision {
  return {
    sessionKey: row.session_key,
    turnId: row.turn_id,
    callId: row.call_id,
    at: row.at,
    verdict: row.verdict,
    tool: row.tool,
    digest: row.digest,
    rule: row.rule,
    answers: fromStoredJson(row.answers),
    ...(row.approval_id === null ? {} : { approvalId: row.approval_id }),
  };
}
