/** Ids and words for what may be made next: used only if the store makes it. */
import type { Config } from '@guildhall/agents';
import type { Handoff, NewHandoff } from '@guildhall/handoffs';
import type { Ids } from '@guildhall/kernel';
import { noticeMessage } from '../../handoffs/notice-text.ts';

export function freshNotice({ ids }: { readonly ids: Ids }, { id, source }: Pick<Handoff, 'id' | 'source'>): NewHandoff['notice'] {
  return { turnId: ids.next('turn'), text: noticeMessage(id, source.name) };
}

export function freshApproval({ ids, config }: { readonly ids: Ids; readonly config: () => Config }): NewHandoff['approval'] {
  return { id: ids.next('appr'), expiresInMs: config().sessionTriggers.approvalTimeoutMs };
}
