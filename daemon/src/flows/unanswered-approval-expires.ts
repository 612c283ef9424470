/** An approval that nobody answered in time becomes a no, also when the turn that asked is not being driven. */
import type { ApprovalStore } from '@guildhall/authority';
import type { Clock } from '@guildhall/kernel';
import { repeat, type Repeating } from './repeat.ts';

export function unansweredApprovalExpires(deps: {
  readonly approvals: ApprovalStore;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const expire = async () => {
    await deps.approvals.expireApprovals();
  };
  return repeat(deps.clock, 5000, expire, deps.onFault);
}
