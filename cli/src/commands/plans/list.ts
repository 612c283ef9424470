import { z } from 'zod';
import { done, type PlanView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { dollars, relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { planPaint } from './describe-plan.ts';
import { readAllPlans } from './read-plans.ts';

const input = z.object({ status: z.enum(['open', 'completed']).optional() });

export const listPlans: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { status } = options.value;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const plans = await readAllPlans(daemon.value, status);
  if (!plans.ok) return plans;
  const { screen } = call.output;
  return done({
    json: plans.value,
    text: () => {
      if (plans.value.length > 0) return renderTable(screen, columnsOn(screen), plans.value);
      return status === undefined
        ? show`No plans yet. Make one: guildhall plans create parser --title "A new parser" --phase "build: developer, validator"`
        : show`No ${status} plans.`;
    },
  });
};

function columnsOn({ now }: Screen): readonly Column<PlanView>[] {
  return [
    { title: 'PLAN', cell: (plan) => plan.id, shrinks: true, paint: () => 'bold' },
    { title: 'STATUS', cell: (plan) => plan.status, paint: (plan) => planPaint[plan.status] },
    { title: 'TITLE', cell: (plan) => plan.title, shrinks: true },
    {
      title: 'PHASES',
      cell: ({ phases }) => (phases.length === 0 ? '' : `${phases.filter(({ status }) => status === 'done').length}/${phases.length}`),
      align: 'right',
    },
    { title: 'RUNS', cell: ({ runs }) => (runs.open === 0 ? String(runs.finished) : `${runs.finished} + ${runs.open} open`), align: 'right', drops: true },
    { title: 'FINDINGS', cell: ({ findings }) => (findings.total === 0 ? '' : `${findings.open}/${findings.total}`), align: 'right' },
    { title: 'BLOCKERS', cell: ({ blockers }) => (blockers.length === 0 ? '' : String(blockers.length)), paint: () => 'red', align: 'right' },
    { title: 'COST', cell: (plan) => dollars(plan.costMicroUsd), align: 'right', drops: true },
    { title: 'MADE', cell: (plan) => relativeTime(plan.createdAt, now), drops: true },
  ];
}
