import { z } from 'zod';
import { approvalView, done, type ApprovalView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { approvalPaint } from './describe-approval.ts';
import { handoffActionLine } from './describe-handoff-approval.ts';

const input = z.object({ status: z.string().optional() });

export const listApprovals: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const approvals = await daemon.value.ask('get', '/v1/approvals', z.array(approvalView), { query: { status: options.value.status, limit: 500 } });
  if (!approvals.ok) return approvals;
  const { now } = call.output.screen;
  const columns: readonly Column<ApprovalView>[] = [
    { title: 'ID', cell: (approval) => approval.id, paint: () => 'bold' },
    { title: 'STATUS', cell: (approval) => approval.status, paint: (approval) => approvalPaint[approval.status] },
    { title: 'AGENT', cell: (approval) => approval.agent },
    { title: 'ACTION', cell: (approval) => handoffActionLine(approval) ?? `${approval.tool} ${JSON.stringify(approval.args)}`, shrinks: true, useful: 40 },
    { title: 'WHY', cell: (approval) => approval.reason, shrinks: true, useful: 30, drops: true },
    { title: 'ASKED', cell: (approval) => relativeTime(approval.askedAt, now), drops: true },
    { title: 'EXPIRES', cell: (approval) => (approval.status === 'pending' ? relativeTime(approval.expiresAt, now) : '') },
  ];
  return done({
    json: approvals.value,
    text: () => (approvals.value.length === 0 ? show`Nothing waits for you.` : renderTable(call.output.screen, columns, approvals.value)),
  });
};
