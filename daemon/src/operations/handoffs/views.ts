/** From what is kept of a handoff to what the doors show. */
import type { ApprovalStore } from '@guildhall/authority';
import type { Handoff, HandoffDecision, HandoffStore } from '@guildhall/handoffs';
import { type HandoffDecisionView, type HandoffView, type Settled, handoffStream, refuse } from '@guildhall/protocol';

export interface ViewDeps {
  readonly store: Pick<HandoffStore, 'costOf'>;
  readonly approvals: Pick<ApprovalStore, 'readApproval'>;
}

export async function viewHandoff(deps: ViewDeps, handoff: Handoff): Promise<HandoffView> {
  const { source, target, decision, approvalId, noticeTurn } = handoff;
  const approval = approvalId === null ? undefined : await deps.approvals.readApproval(approvalId);
  const cost = handoff.turnId === null ? { costMicroUsd: 0, tokens: 0 } : await deps.store.costOf(handoff.id);
  const { id, targetChat, task, riskLevel, risk, status, outcome, reason, result, requestedBy, parent, depth, turnId, progress } = handoff;
  const { requestedAt, startedAt, endedAt } = handoff;
  return {
    id,
    source: source.name,
    target: target.name,
    targetChat,
    task,
    riskLevel,
    risk,
    forbiddenActions: [...handoff.forbidden],
    replyPolicy: 'post_progress_in_target_chat',
    auditId: handoffStream(id),
    requiresUserConfirmation: handoff.mustAsk || handoff.asked > 0,
    status,
    outcome,
    reason,
    result,
    requestedBy,
    sourceSession: source.sessionKey,
    targetSession: target.sessionKey,
    targetAgent: target.agent,
    parent,
    depth,
    approval: approval === undefined ? null : { id: approval.id, status: approval.status },
    turnId,
    noticeTurnId: noticeTurn,
    progress,
    ...cost,
    requestedAt,
    startedAt,
    endedAt,
    decision: viewDecision(decision),
  };
}

export function viewDecision({ moment, at, verdict, decidedBy, rule, digest, answers }: HandoffDecision & { readonly at: number }): HandoffDecisionView {
  return { moment, at, verdict, decidedBy, rule, digest, answers: answers.map((answer) => ({ ...answer, inputs: { ...answer.inputs } })) };
}

export function noHandoff(id: string): Settled<never> {
  return refuse('not-found', `there is no handoff ${id.slice(0, 80)}; list them with: guildhall handoffs list`);
}
