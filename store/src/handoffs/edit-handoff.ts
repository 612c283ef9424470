/** A person changes what would run, before it began. */
import { handoffTransitions, taskDigest, type Handoff, type HandoffQuestion, type HandoffStore } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { storableText } from '../stored-text.ts';
import { answer, refuseStep } from './change-handoff.ts';
import { handoffEvent } from './handoff-events.ts';
import { holdToAccept } from './hold-edge.ts';
import { judgeAgain, type JudgedAgain } from './judge-again.ts';
import { announce, askPerson, needsPerson, refuseHandoff } from './land-handoff.ts';

type Change = Parameters<HandoffStore['editHandoff']>[1];

export async function editHandoff(tx: WriteTransaction, id: string, edited: Change, asked: HandoffQuestion, actor: string): Promise<Settled<Handoff>> {
  const held = await holdToAccept(tx, id);
  if (!held.ok) return held;
  const { row, closed } = held.value;
  if (!('refuse' in handoffTransitions[row.status])) return refuseStep(row, 'changed');
  const question = { ...asked, targetClosed: asked.targetClosed ?? closed };
  const judged = await judgeAgain(tx, row, question, {
    task: storableText(edited.task),
    task_digest: taskDigest(edited.task),
    risk: storableText(edited.risk),
    chain: edited.provenance,
  });
  const landed = await land(tx, judged, edited);
  if (!landed.ok) return landed;
  const { task, risk, digest } = judged.row;
  const { verdict, rule } = judged.decision;
  await appendInTransaction(tx, [handoffEvent('handoff.edited', judged.row, actor, { task, risk, verdict, rule, digest }), ...landed.value]);
  return answer(tx, id);
}

/** A paused one stays so until its notice can be delivered: it is announced anew when it is resumed. */
async function land(tx: WriteTransaction, { question, row, decision }: JudgedAgain, { approval, notice }: Change): Promise<Settled<readonly NewEvent[]>> {
  if (decision.verdict === 'deny') return done(await refuseHandoff(tx, row, 'refuse', decision.rule, { guardrail: decision.decidedBy ?? undefined }));
  if (needsPerson(row, decision)) return done(await askPerson(tx, row, { question, decision, approval }));
  return row.status === 'paused' ? done([]) : announce(tx, row, notice);
}
