import { z } from 'zod';
import { done, taskDetail, type Settled, type TaskDetail } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { byteSize, relativeTime } from '../../terminal/words.ts';
import type { Call, RunVerb } from '../../verb.ts';
import { describeRun } from './describe-run.ts';
import { describeTask } from './describe-task.ts';

const input = z.object({ id: z.string().min(1) });

export const showTask: RunVerb = async (call) => {
  const detail = await readDetail(call);
  return detail.ok ? done({ json: detail.value, text: () => describeTask(call.output.screen, detail.value) }) : detail;
};

export const listRuns: RunVerb = async (call) => {
  const detail = await readDetail(call);
  if (!detail.ok) return detail;
  const { runs, task } = detail.value;
  return done({
    json: runs,
    text: () => (runs.length === 0 ? show`Nobody has worked on ${task.id} yet.` : joinShown(runs.map((run) => describeRun(call.output.screen, run)))),
  });
};

export const listAttachments: RunVerb = async (call) => {
  const detail = await readDetail(call);
  if (!detail.ok) return detail;
  const { attachments, task } = detail.value;
  const { now } = call.output.screen;
  const columns: readonly Column<TaskDetail['attachments'][number]>[] = [
    { title: 'ID', cell: (file) => file.id, paint: () => 'bold' },
    { title: 'NAME', cell: (file) => file.name, shrinks: true },
    { title: 'SIZE', cell: (file) => byteSize(file.bytes), align: 'right' },
    { title: 'TYPE', cell: (file) => file.mediaType },
    { title: 'BY', cell: (file) => file.author },
    { title: 'ADDED', cell: (file) => relativeTime(file.at, now) },
  ];
  return done({
    json: attachments,
    text: () =>
      attachments.length === 0
        ? show`${task.id} has no attachments. Add one: guildhall kanban attach ${task.id} FILE`
        : renderTable(call.output.screen, columns, attachments),
  });
};

async function readDetail(call: Call): Promise<Settled<TaskDetail>> {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  return daemon.value.ask('get', '/v1/tasks/{task}', taskDetail, { params: { task: options.value.id } });
}
