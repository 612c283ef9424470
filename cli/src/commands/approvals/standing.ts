import { z } from 'zod';
import { done, standingApprovalView, type StandingApprovalView } from '@guildhall/protocol';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

export const listStanding: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const standing = await daemon.value.ask('get', '/v1/standing-approvals', z.array(standingApprovalView), {});
  if (!standing.ok) return standing;
  const { now } = call.output.screen;
  const columns: readonly Column<StandingApprovalView>[] = [
    { title: 'ID', cell: (one) => one.id, paint: () => 'bold' },
    {
      title: 'STATUS',
      cell: (one) => (one.revokedAt === undefined ? 'in force' : 'forgotten'),
      paint: (one) => (one.revokedAt === undefined ? 'green' : 'dim'),
    },
    { title: 'AGENT', cell: (one) => one.agent },
    { title: 'BOUND TO', cell: (one) => `${one.tool} ${JSON.stringify(one.bound)}`, shrinks: true },
    { title: 'USES', cell: (one) => String(one.uses) },
    { title: 'BY', cell: (one) => one.grantedBy },
    { title: 'GIVEN', cell: (one) => relativeTime(one.grantedAt, now) },
  ];
  return done({
    json: standing.value,
    text: () => (standing.value.length === 0 ? show`Nothing is allowed for always.` : renderTable(call.output.screen, columns, standing.value)),
  });
};
