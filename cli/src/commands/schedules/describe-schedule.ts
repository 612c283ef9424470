import type { OccurrenceStatus, ScheduleStatus, ScheduleView } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { renderTable } from '../../terminal/table.ts';
import { onOneLine, relativeTime, timeSpan } from '../../terminal/words.ts';
import { describeWhen } from '../../when.ts';

export const schedulePaint: { readonly [status in ScheduleStatus]: PaintName } = { active: 'green', paused: 'yellow', ended: 'dim' };
export const occurrencePaint: { readonly [status in OccurrenceStatus]: PaintName } = { fired: 'cyan', succeeded: 'green', failed: 'red', skipped: 'dim' };

export function targetOf({ target }: ScheduleView): string {
  return target.kind === 'agent' ? target.agent : `${target.role} of ${target.plan}`;
}

/** One line after something was done with it, and when it is due. */
export function answerSchedule(schedule: ScheduleView, { paint, marks, now }: Screen): Shown {
  const reason = schedule.reason === '' ? '' : ` (${onOneLine(schedule.reason)})`;
  const due = schedule.nextAt === null || schedule.status !== 'active' ? nothing : show` Next: ${describeWhen(schedule.nextAt, now)}.`;
  return show`${paint('green', marks.yes)} ${paint('bold', schedule.name)} is ${paint(schedulePaint[schedule.status], schedule.status)}${reason}: ${schedule.says}, ${targetOf(schedule)}.${due}`;
}

/** The whole page of a schedule. */
export function describeSchedule(screen: Screen, schedule: ScheduleView): Shown {
  const { paint, now } = screen;
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(9))} ${value}`;
  const { deliverTo } = schedule;
  return joinShown([
    show`${paint('bold', schedule.name)}  ${paint(schedulePaint[schedule.status], schedule.status)}${schedule.reason === '' ? '' : show`: ${onOneLine(schedule.reason)}`}`,
    row('when', show`${schedule.says}${schedule.jitterMs === 0 ? '' : `, up to ${timeSpan(schedule.jitterMs)} later`}`),
    row('next', schedule.nextAt === null || schedule.status !== 'active' ? 'not by itself' : describeWhen(schedule.nextAt, now)),
    row('who', targetOf(schedule)),
    ...(deliverTo === null
      ? []
      : [row('answers', show`to ${deliverTo.platform} ${deliverTo.chat}${deliverTo.thread === undefined ? '' : `, thread ${deliverTo.thread}`}`)]),
    row('missed', { one: 'one of them is made up for', all: 'all of them are made up for', none: 'they are skipped' }[schedule.catchUp]),
    ...(schedule.failures === 0 ? [] : [row('failures', paint('red', `${schedule.failures} in a row`))]),
    row('made', show`by ${schedule.createdBy} ${relativeTime(schedule.createdAt, now)}`),
    nothing,
    showBlock(schedule.prompt, '  '),
    nothing,
    describeOccurrences(screen, schedule),
  ]);
}

function describeOccurrences(screen: Screen, { occurrences, name }: ScheduleView): Shown {
  if (occurrences.length === 0) return screen.paint('dim', show`It was never due yet. Try it: guildhall schedules run ${name}`);
  return renderTable(
    screen,
    [
      { title: 'DUE', cell: ({ dueAt }) => describeWhen(dueAt, screen.now) },
      { title: 'CAME OF IT', cell: ({ status }) => status, paint: ({ status }) => occurrencePaint[status] },
      { title: 'TURN', cell: ({ run, turnId }) => run ?? turnId ?? '' },
      { title: 'WHY', cell: ({ reason }) => onOneLine(reason), shrinks: true },
    ],
    occurrences,
  );
}
