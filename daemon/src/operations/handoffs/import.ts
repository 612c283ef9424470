/** A handoff as people write it down by hand. What such a record says of its audit and its chat is the daemon's to say: it is read, and not believed. */
import { type HandoffRecord, type RequestedHandoff, type Settled, done } from '@guildhall/protocol';
import { printableLine } from '@guildhall/tools';
import { type Wanted, dispatchHandoff } from './dispatch.ts';
import type { HandoffDeps } from './handoff-deps.ts';
import type { Asking } from './who-asks.ts';

export async function importHandoff(
  deps: HandoffDeps,
  asking: Asking,
  record: HandoffRecord,
): Promise<Settled<RequestedHandoff & { readonly warnings: readonly string[] }>> {
  const requested = await dispatchHandoff(deps, asking, wantedOf(record));
  return requested.ok ? done({ ...requested.value, warnings: notBelieved(record, requested.value) }) : requested;
}

function wantedOf(record: HandoffRecord): Wanted {
  return {
    target: record.target_session,
    task: record.task,
    riskLevel: record.risk_level,
    forbiddenActions: record.forbidden_actions ?? [],
    dedupKey: undefined,
    mustAsk: record.requires_user_confirmation === true,
    awaited: false,
    needed: null,
  };
}

function notBelieved(
  { target_chat: chat, audit_id: audit, requires_user_confirmation: confirmed }: HandoffRecord,
  stored: RequestedHandoff,
): readonly string[] {
  const warnings = [
    chat === undefined || chat === stored.targetChat
      ? ''
      : `target_chat "${printableLine(chat, 200)}" was not believed: ${stored.target} is seen at ${stored.targetChat}`,
    audit === undefined ? '' : `audit_id "${printableLine(audit, 200)}" was not believed: everything about it stands in ${stored.auditId}`,
    confirmed === false && stored.requiresUserConfirmation ? 'requires_user_confirmation: false changes nothing: policy asks a person' : '',
  ];
  return warnings.filter((warning) => warning !== '');
}
