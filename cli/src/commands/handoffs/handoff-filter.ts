/** Which handoffs a list is of, whether it is read once or kept live. */
import { z } from 'zod';
import { handoffView, type HandoffStatus, type HandoffView, type Settled } from '@guildhall/protocol';
import { askOnce } from '../../http/ask-once.ts';
import type { Call } from '../../verb.ts';
import { isOpenHandoff } from './describe-handoff.ts';

export interface HandoffFilter {
  readonly status?: HandoffStatus | undefined;
  readonly open: boolean;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The id behind which to go on. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export function readHandoffs(call: Call, { status, open, from, to, after, limit }: HandoffFilter): Promise<Settled<readonly HandoffView[]>> {
  const query = { status, open: open ? true : undefined, source: from, target: to, after, limit };
  return askOnce(call, { method: 'get', path: '/v1/handoffs', answer: z.array(handoffView), query });
}

export function isFiltered({ status, open, from, to }: HandoffFilter): boolean {
  return open || status !== undefined || from !== undefined || to !== undefined;
}

/** Whether a handoff belongs into the list that was asked for. */
export function isAskedFor(handoff: HandoffView, { status, open, from, to, after }: HandoffFilter): boolean {
  if (after !== undefined && handoff.id >= after) return false;
  if (status !== undefined && handoff.status !== status) return false;
  if (from !== undefined && handoff.source !== from && handoff.sourceSession !== from) return false;
  if (to !== undefined && handoff.target !== to && handoff.targetSession !== to) return false;
  return !open || isOpenHandoff(handoff);
}
