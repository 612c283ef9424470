import type { HandoffView } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { show, type Shown } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { dollars, onOneLine, relativeTime } from '../../terminal/words.ts';
import { handoffPaint, handoffState } from './describe-handoff.ts';

const mostShown = 100;

export function renderHandoffs(screen: Screen, handoffs: readonly HandoffView[], filtered: boolean): Shown {
  if (handoffs.length > 0) return renderTable(screen, columnsAt(screen.now), handoffs);
  return filtered ? show`No such handoffs.` : show`No handoffs yet. Ask for one: guildhall handoffs dispatch --from AGENT --to AGENT "what is to be done"`;
}

function columnsAt(now: number): readonly Column<HandoffView>[] {
  return [
    { title: 'HANDOFF', cell: ({ id }) => id, paint: () => 'bold' },
    { title: 'STATUS', cell: handoffState, paint: handoffPaint },
    { title: 'FROM', cell: ({ source }) => source, shrinks: true },
    { title: 'TO', cell: ({ target }) => target, shrinks: true },
    { title: 'RISK', cell: ({ riskLevel }) => riskLevel, drops: true },
    { title: 'ASKED', cell: ({ requestedAt }) => relativeTime(requestedAt, now), drops: true },
    { title: 'COST', cell: ({ costMicroUsd }) => dollars(costMicroUsd), align: 'right', drops: true },
    { title: 'TASK', cell: ({ task }) => brief(task), shrinks: true, useful: 28 },
    { title: 'LAST HEARD', cell: lastHeard, shrinks: true, useful: 28, drops: true },
  ];
}

function lastHeard({ reason, progress, result, decision, status }: HandoffView): string {
  if (status === 'awaiting-approval') return brief(decision.rule);
  return brief(reason !== '' ? reason : (result ?? progress ?? ''));
}

/** A table on a pipe is cut nowhere, and a result may be a whole page. */
function brief(text: string): string {
  const line = onOneLine(text);
  return line.length > mostShown ? `${line.slice(0, mostShown)}…` : line;
}
