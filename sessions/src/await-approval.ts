/** Asking a person for one tool call, and waiting for the answer. No answer in time, a changed action or a restart in between never means yes. */
import type { Approval, Decision, NewApproval } from '@guildhall/authority';
import { type JsonObject, type Settled, refuse } from '@guildhall/protocol';
import { type Drive, DriveEnded } from './turn-deps.ts';

/** The approval, used up. Refused when it was denied, ran out, or was for something else. */
export async function awaitApproval(
  drive: Drive,
  ask: Pick<NewApproval, 'callId' | 'bound' | 'standingDigest'> & { readonly tool: string; readonly args: JsonObject; readonly decision: Decision },
): Promise<Settled<Approval>> {
  const { approvals, ids, live } = drive.deps;
  const asked = await approvals.askApproval({
    id: ids.next('appr'),
    digest: ask.decision.digest,
    action: { agent: drive.turn.agent, session: drive.turn.sessionKey, tool: ask.tool, args: ask.args },
    reason: ask.decision.rule,
    sessionKey: drive.turn.sessionKey,
    turnId: drive.turn.id,
    callId: ask.callId,
    ...(ask.bound === undefined ? {} : { bound: ask.bound }),
    ...(ask.standingDigest === undefined ? {} : { standingDigest: ask.standingDigest }),
    expiresInMs: drive.deps.approvalTimeoutMs(),
    provenance: drive.turn.provenance,
  });
  live.publish(drive.turn.sessionKey, { type: 'recorded' });
  for (;;) {
    await approvals.expireApprovals();
    const approval = await approvals.readApproval(asked.id);
    if (approval === undefined) return refuse('not-found', `the approval ${asked.id} is gone, so the answer is no`);
    if (approval.status === 'approved') return approvals.useApproval(asked.id, ask.decision.digest);
    if (approval.status === 'denied')
      return refuse(
        'approval-denied',
        `${approval.answeredBy ?? 'A person'} said no${approval.answerReason === undefined ? '' : `: ${approval.answerReason}`}.`,
      );
    if (approval.status === 'expired') return refuse('approval-expired', 'Nobody said yes in time, which means no.');
    if (approval.status === 'used') return refuse('wrong-state', 'The approval had been used before; it is good once. Ask again.');
    await drive.deps.approvalHint(drive.signal);
    if (drive.signal.aborted) throw new DriveEnded('stopped');
  }
}
