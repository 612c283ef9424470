import { z } from 'zod';
import { findingStatuses, planFindingView, planId, type PlanFindingView } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { describeFinding, findingPaint, findingWaitsFor, severityPaint } from './describe-finding.ts';

const input = z.object({ plan: planId.optional(), status: z.enum(findingStatuses).optional() });

export const listFindings: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { plan, status } = options.value;
  const filtered = plan !== undefined || status !== undefined;
  return answerWith(
    call,
    { method: 'get', path: '/v1/findings', answer: z.array(planFindingView), query: { plan, status, limit: 500 } },
    (findings, screen) => {
      if (findings.length > 0) return renderTable(screen, columnsAt(screen.now), findings);
      return filtered ? show`No such findings.` : show`No findings. Report one: guildhall findings report "What is wrong" --plan ID --severity high`;
    },
  );
};

const showInput = z.object({ id: z.string().min(1) });

export const showFinding: RunVerb = async (call) => {
  const options = readInput(call, showInput);
  if (!options.ok) return options;
  return answerWith(call, { method: 'get', path: '/v1/findings/{id}', answer: planFindingView, params: options.value }, (finding, screen) =>
    describeFinding(screen, finding),
  );
};

function columnsAt(now: number): readonly Column<PlanFindingView>[] {
  return [
    { title: 'FINDING', cell: ({ id }) => id, paint: () => 'bold' },
    { title: 'SEVERITY', cell: ({ severity }) => severity, paint: ({ severity }) => severityPaint[severity] },
    { title: 'STATUS', cell: ({ status }) => status, paint: ({ status }) => findingPaint[status] },
    { title: 'PLAN', cell: ({ plan }) => plan, shrinks: true, drops: true },
    { title: 'TITLE', cell: ({ title }) => title, shrinks: true },
    { title: 'BY', cell: ({ reportedBy }) => reportedBy, shrinks: true, drops: true },
    { title: 'REPORTED', cell: ({ reportedAt }) => relativeTime(reportedAt, now), drops: true },
    { title: 'WAITS FOR', cell: findingWaitsFor, shrinks: true, drops: true },
  ];
}
