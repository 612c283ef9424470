import { z } from 'zod';
import { approvalView, done } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { describeApproval } from './describe-approval.ts';

const input = z.object({ id: z.string().min(1) });

export const showApproval: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const approval = await daemon.value.ask('get', '/v1/approvals/{id}', approvalView, { params: options.value });
  if (!approval.ok) return approval;
  return done({ json: approval.value, text: () => describeApproval(call.output.screen, approval.value) });
};
