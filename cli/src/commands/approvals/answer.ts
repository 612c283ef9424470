import { z } from 'zod';
import { approvalView, done, type ApprovalView, type Settled } from '@guildhall/protocol';
import type { Daemon } from '../../http/daemon-client.ts';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { describeAction } from './describe-approval.ts';

const input = z.object({ id: z.string().min(1), reason: z.string().optional(), always: z.boolean().default(false) });

export const approve: RunVerb = (call) => answer(call, 'approve');
export const deny: RunVerb = (call) => answer(call, 'deny');

async function answer(call: Call, said: 'approve' | 'deny'): Promise<Settled<Answer>> {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const { id, reason, always } = options.value;
  const approval = await answerApproval(daemon.value, id, said, { reason, always });
  if (!approval.ok) return approval;
  const { screen } = call.output;
  const yes = always ? 'Approved, from now on, as long as all of this stays the same:' : 'Approved, once:';
  const line = said === 'approve' ? show`${screen.paint('green', screen.marks.yes)} ${yes}` : show`${screen.paint('red', screen.marks.no)} Denied:`;
  return done({ json: approval.value, text: () => joinShown([line, describeAction(screen, approval.value), ...followUp(screen, approval.value)]) });
}

/** A handoff goes on by itself after its answer, elsewhere. */
function followUp({ paint }: Screen, { tool, turnId }: ApprovalView): readonly Shown[] {
  return tool === 'dispatch_handoff' ? [paint('dim', show`What becomes of it: guildhall handoffs show ${turnId}`)] : [];
}

export async function answerApproval(
  daemon: Daemon,
  id: string,
  said: 'approve' | 'deny',
  { reason, always = false }: { readonly reason?: string | undefined; readonly always?: boolean } = {},
): Promise<Settled<ApprovalView>> {
  const path = said === 'approve' ? '/v1/approvals/{id}/approve' : '/v1/approvals/{id}/deny';
  const body = { ...(reason === undefined ? {} : { reason }), ...(always ? { always } : {}) };
  return daemon.ask('post', path, approvalView, { params: { id }, body });
}
