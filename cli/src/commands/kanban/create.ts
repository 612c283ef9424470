import { z } from 'zod';
import { done, taskRequest, taskView, type Settled } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import { readTypedObject } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { describeWhen } from '../../when.ts';
import { taskLine } from './describe-task.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readAssignee, readTaskFields, readWorkspace, taskFieldInput } from './task-options.ts';
import { remedyFor } from './waits-for.ts';

const input = z.object({
  title: z.string().regex(/\S/, 'a few words are wanted'),
  board: z.string().optional(),
  assignee: z.string().optional(),
  parent: z.array(z.string()).optional(),
  workspace: z.string().optional(),
  triage: z.boolean().optional(),
  idempotencyKey: z.string().optional(),
  metadata: z.string().optional(),
  ...taskFieldInput,
});

/** `existing`: the same idempotency key made it before. */
const createdTask = taskView.extend({ existing: z.boolean().optional() });

export const createTask: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { title, assignee, parent, triage, idempotencyKey } = options.value;
  const fields = await readTaskFields(call, options.value);
  if (!fields.ok) return fields;
  const metadata = await ifGiven(options.value.metadata, (typed) => readTypedObject(call, '--metadata', typed));
  if (!metadata.ok) return metadata;
  const workspace = await ifGiven(options.value.workspace, readWorkspace);
  if (!workspace.ok) return workspace;
  const body = makeRequest(taskRequest, {
    title,
    ...fields.value,
    assignee: assignee === undefined ? undefined : readAssignee(assignee),
    parents: parent,
    triage,
    idempotencyKey,
    metadata: metadata.value,
    workspace: workspace.value,
  });
  if (!body.ok) return body;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const params = { board: options.value.board ?? call.environment.board ?? 'default' };
  const created = await daemon.value.ask('post', '/v1/boards/{board}/tasks', createdTask, { params, body: body.value });
  if (!created.ok) return created;
  const { screen } = call.output;
  const task = created.value;
  const start = task.startAt === null ? [] : [show`  It starts ${describeWhen(task.startAt, screen.now)}.`];
  const remedy = task.status === 'scheduled' ? undefined : remedyFor(task, screen.now);
  return done({
    json: task,
    text: () =>
      joinShown([
        show`${screen.paint('green', screen.marks.yes)} ${taskLine(screen, task)}${task.existing === true ? ' It was there already.' : ''}`,
        ...start,
        ...(remedy === undefined ? [] : [screen.paint('dim', show`  ${remedy}`)]),
      ]),
  });
};

async function ifGiven<T>(typed: string | undefined, read: (typed: string) => Settled<T> | Promise<Settled<T>>): Promise<Settled<T | undefined>> {
  return typed === undefined ? done(undefined) : read(typed);
}
