import { done, taskView, type JsonObject, type Settled, type TaskView } from '@guildhall/protocol';
import type { RoutePath } from '../../http/daemon-client.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import type { Answer, Call } from '../../verb.ts';
import { taskLine } from './describe-task.ts';
import { remedyFor } from './waits-for.ts';

/** What an operator does to one task, and what became of it. */
export async function changeTask(call: Call, method: 'post' | 'patch', path: RoutePath, task: string, body: JsonObject): Promise<Settled<Answer>> {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const changed = await daemon.value.ask(method, path, taskView, { params: { task }, body });
  return changed.ok ? answerTask(call, changed.value) : changed;
}

/** The task as JSON; for people one line, and what to do next where something must be done. */
export function answerTask(call: Call, task: TaskView): Settled<Answer> {
  const { screen } = call.output;
  const remedy = remedyFor(task, screen.now);
  return done({
    json: task,
    text: () =>
      joinShown([
        show`${screen.paint('green', screen.marks.yes)} ${taskLine(screen, task)}`,
        ...(remedy === undefined ? [] : [screen.paint('dim', show`  ${remedy}`)]),
      ]),
  });
}
