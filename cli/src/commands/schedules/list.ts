import { z } from 'zod';
import { scheduleView, type ScheduleView } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { onOneLine, relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { describeSchedule, schedulePaint, targetOf } from './describe-schedule.ts';

export const listSchedules: RunVerb = (call) =>
  answerWith(call, { method: 'get', path: '/v1/schedules', answer: z.array(scheduleView) }, (schedules, screen) =>
    schedules.length === 0
      ? show`No schedules yet. Make one: guildhall schedules create morning "What is new?" --cron "0 9 * * 1-5" --agent main`
      : renderTable(screen, columnsFor(schedules, screen.now), schedules),
  );

const input = z.object({ name: z.string().min(1) });

export const showSchedule: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  return answerWith(call, { method: 'get', path: '/v1/schedules/{name}', answer: scheduleView, params: options.value }, (schedule, screen) =>
    describeSchedule(screen, schedule),
  );
};

/** What went wrong has columns only where something did. */
function columnsFor(schedules: readonly ScheduleView[], now: number): readonly Column<ScheduleView>[] {
  const trouble: readonly Column<ScheduleView>[] = [
    { title: 'FAILURES', cell: ({ failures }) => (failures === 0 ? '' : String(failures)), paint: () => 'red', align: 'right', drops: true },
    { title: 'WHY', cell: ({ reason }) => onOneLine(reason), shrinks: true, drops: true },
  ];
  return [
    { title: 'SCHEDULE', cell: ({ name }) => name, shrinks: true, paint: () => 'bold' },
    { title: 'STATUS', cell: ({ status }) => status, paint: ({ status }) => schedulePaint[status] },
    { title: 'WHEN', cell: ({ says }) => says, shrinks: true },
    { title: 'NEXT', cell: ({ nextAt, status }) => (nextAt === null || status !== 'active' ? '' : relativeTime(nextAt, now)) },
    { title: 'WHO', cell: targetOf, shrinks: true },
    { title: 'PROMPT', cell: ({ prompt }) => onOneLine(prompt).slice(0, 200), shrinks: true, drops: true },
    ...(schedules.some(({ failures, reason }) => failures > 0 || reason !== '') ? trouble : []),
  ];
}
