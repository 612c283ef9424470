/** One task: reading it, and what people do with it. */
import { z } from 'zod';
import { diffView, pullRequestRequest, pullRequestView, reasonRequest, reviewRequest, taskChange, taskDetail, taskView } from '@guildhall/protocol';
import type { BoardCaller, BoardOperations } from '../../board-operations.ts';
import { boardCaller } from '../board-caller.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { id } from './queries.ts';

type Names =
  | 'get /v1/tasks/{task}'
  | 'patch /v1/tasks/{task}'
  | 'post /v1/tasks/{task}/specify'
  | 'post /v1/tasks/{task}/unblock'
  | 'post /v1/tasks/{task}/review'
  | 'post /v1/tasks/{task}/reclaim'
  | 'post /v1/tasks/{task}/archive'
  | 'get /v1/tasks/{task}/attachments/{id}'
  | 'get /v1/tasks/{task}/diff'
  | 'post /v1/tasks/{task}/pull-request';

const byTask = z.strictObject({ task: id });
const attachmentContent = z.object({ name: z.string(), mediaType: z.string(), content: z.base64() });

export function taskEndpoints(board: BoardOperations): Pick<Endpoints, Names> {
  const withReason = (work: (task: string, reason: string, by: BoardCaller) => ReturnType<BoardOperations['unblockTask']>) =>
    endpoint({
      params: byTask,
      body: reasonRequest.optional(),
      answer: taskView,
      work: ({ params, body }, call) => work(params.task, body?.reason ?? '', boardCaller(call)),
    });
  return {
    'get /v1/tasks/{task}': endpoint({ params: byTask, answer: taskDetail, work: ({ params }, call) => board.readTask(params.task, boardCaller(call)) }),
    'patch /v1/tasks/{task}': endpoint({
      params: byTask,
      body: taskChange,
      answer: taskView,
      work: ({ params, body }, call) => board.changeTask(params.task, body, boardCaller(call)),
    }),
    'post /v1/tasks/{task}/specify': endpoint({
      params: byTask,
      answer: taskView,
      work: ({ params }, call) => board.specifyTask(params.task, boardCaller(call)),
    }),
    'post /v1/tasks/{task}/unblock': withReason(board.unblockTask),
    'post /v1/tasks/{task}/review': endpoint({
      params: byTask,
      body: reviewRequest,
      answer: taskView,
      work: ({ params, body }, call) => board.reviewTask(params.task, body.verdict, body.reason ?? '', boardCaller(call)),
    }),
    'post /v1/tasks/{task}/reclaim': withReason(board.reclaimTask),
    'post /v1/tasks/{task}/archive': endpoint({
      params: byTask,
      answer: taskView,
      work: ({ params }, call) => board.archiveTask(params.task, boardCaller(call)),
    }),
    // As JSON: what lanes attach is never served as a document of this origin.
    'get /v1/tasks/{task}/attachments/{id}': endpoint({
      params: z.strictObject({ task: id, id }),
      answer: attachmentContent,
      work: ({ params }, call) => board.readAttachment(params.task, params.id, boardCaller(call)),
    }),
    'get /v1/tasks/{task}/diff': endpoint({ params: byTask, answer: diffView, work: ({ params }) => board.diffTask(params.task) }),
    'post /v1/tasks/{task}/pull-request': endpoint({
      params: byTask,
      body: pullRequestRequest,
      answer: pullRequestView,
      work: ({ params, body }, call) => board.openPullRequest(params.task, body, boardCaller(call)),
    }),
  };
}
