/** Heartbeat, release, comment and metadata: the small verbs of whoever holds a task. */
import { z } from 'zod';
import { commentRequest, commentView, done, heartbeatAnswer, heartbeatRequest, metadataRequest, releaseRequest, taskView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { timeSpan } from '../../terminal/words.ts';
import { readTextOrStdin, readTypedObject } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { answerTask } from './answer-task.ts';
import { askAsHolder } from './as-holder.ts';
import { claimTokenInput } from './claim-token.ts';
import { makeRequest } from '../../http/request-body.ts';

const id = z.string().min(1);

/** `0.4` or `40%`. */
const progress = z
  .string()
  .regex(/^(?:\d{1,3}%|[01](?:\.\d+)?|\.\d+)$/, 'a part of the whole such as 0.4 or 40% is wanted')
  .transform((typed) => (typed.endsWith('%') ? Number(typed.slice(0, -1)) / 100 : Number(typed)));

const heartbeatInput = z.object({ id, note: z.string().optional(), progress: progress.optional(), ...claimTokenInput });

export const heartbeat: RunVerb = async (call) => {
  const options = readInput(call, heartbeatInput);
  if (!options.ok) return options;
  const { id: task, note } = options.value;
  const body = makeRequest(heartbeatRequest, { note, progress: options.value.progress });
  if (!body.ok) return body;
  const beat = await askAsHolder(call, {
    verb: 'extend',
    path: '/v1/tasks/{task}/heartbeat',
    task,
    body: body.value,
    answer: heartbeatAnswer,
    token: options.value,
  });
  if (!beat.ok) return beat;
  return done({ json: beat.value, text: () => show`${task} is yours for another ${timeSpan(beat.value.expiresInMs)}.` });
};

const releaseInput = z.object({ id, reason: z.string().optional(), ...claimTokenInput });

export const releaseTask: RunVerb = async (call) => {
  const options = readInput(call, releaseInput);
  if (!options.ok) return options;
  const body = makeRequest(releaseRequest, { reason: options.value.reason });
  if (!body.ok) return body;
  const task = await askAsHolder(call, {
    verb: 'release',
    path: '/v1/tasks/{task}/release',
    task: options.value.id,
    body: body.value,
    answer: taskView,
    token: options.value,
  });
  return task.ok ? answerTask(call, task.value) : task;
};

const commentInput = z.object({ id, text: z.string(), ...claimTokenInput });

export const commentTask: RunVerb = async (call) => {
  const options = readInput(call, commentInput);
  if (!options.ok) return options;
  const body = makeRequest(commentRequest, { text: await readTextOrStdin(call, options.value.text) });
  if (!body.ok) return body;
  const comment = await askAsHolder(call, {
    verb: 'comment on',
    path: '/v1/tasks/{task}/comments',
    task: options.value.id,
    body: body.value,
    answer: commentView,
    token: options.value,
  });
  return comment.ok ? done({ json: comment.value, text: () => show`Said on ${options.value.id} as ${comment.value.author}.` }) : comment;
};

const metadataInput = z.object({ id, json: z.string(), ...claimTokenInput });

export const annotateTask: RunVerb = async (call) => {
  const options = readInput(call, metadataInput);
  if (!options.ok) return options;
  const metadata = await readTypedObject(call, 'the metadata', options.value.json);
  if (!metadata.ok) return metadata;
  const body = makeRequest(metadataRequest, { metadata: metadata.value });
  if (!body.ok) return body;
  const task = await askAsHolder(call, {
    verb: 'annotate',
    path: '/v1/tasks/{task}/metadata',
    task: options.value.id,
    body: body.value,
    answer: taskView,
    token: options.value,
  });
  if (!task.ok) return task;
  return done({ json: task.value, text: () => show`The metadata of ${task.value.id} is now ${JSON.stringify(task.value.metadata)}` });
};
