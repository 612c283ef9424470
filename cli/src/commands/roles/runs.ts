import { z } from 'zod';
import { planId, roleRunView, type RoleRunView, shellWord } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { dollars, onOneLine, relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { runPaint, runState } from './describe-run.ts';
import { compliancePaint } from './list.ts';

const input = z.object({ plan: planId, role: z.string().trim().min(1).optional() });

export const listRuns: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { plan, role } = options.value;
  const query = { role, limit: 500 };
  return answerWith(call, { method: 'get', path: '/v1/plans/{plan}/runs', answer: z.array(roleRunView), params: { plan }, query }, (runs, screen) =>
    runs.length === 0
      ? show`Nothing was asked yet. Ask: guildhall roles invoke "What is to be done" --plan ${shellWord(plan)} --role ${role === undefined ? 'lead' : shellWord(role)} --wait`
      : renderTable(screen, columnsAt(screen.now), runs),
  );
};

function columnsAt(now: number): readonly Column<RoleRunView>[] {
  return [
    { title: 'RUN', cell: ({ id }) => id, paint: () => 'bold' },
    { title: 'ROLE', cell: ({ role }) => role, shrinks: true },
    { title: 'PHASE', cell: ({ phase }) => phase ?? '', shrinks: true, drops: true },
    { title: 'MODE', cell: ({ mode }) => mode, drops: true },
    { title: 'OUTCOME', cell: runState, paint: runPaint },
    { title: 'TASK', cell: ({ task }) => onOneLine(task).slice(0, 200), shrinks: true },
    { title: 'WHY', cell: ({ reason }) => onOneLine(reason), shrinks: true, drops: true },
    { title: 'SKILLS', cell: ({ compliance }) => compliance, paint: ({ compliance }) => compliancePaint[compliance], drops: true },
    { title: 'LEFT', cell: ({ artifacts }) => (artifacts.length === 0 ? '' : String(artifacts.length)), align: 'right', drops: true },
    { title: 'COST', cell: ({ costMicroUsd }) => dollars(costMicroUsd), align: 'right', drops: true },
    { title: 'ASKED', cell: ({ createdAt }) => relativeTime(createdAt, now), drops: true },
  ];
}
