/** Claims, and what their holder does. The token of a claim is in the answer of its own request and nowhere else; a repeated request is answered by the claim itself. */
import { z } from 'zod';
import {
  attachmentRequest,
  attachmentView,
  blockRequest,
  claimAnswer,
  claimRequest,
  commentRequest,
  commentView,
  completeRequest,
  done,
  heartbeatAnswer,
  heartbeatRequest,
  metadataRequest,
  releaseRequest,
  taskView,
} from '@guildhall/protocol';
import type { BoardOperations } from '../../board-operations.ts';
import { boardCaller } from '../board-caller.ts';
import { endpoint, freeEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { readIdempotencyKey } from '../idempotency.ts';
import type { DoorLimits } from '../limits.ts';
import { id, wholeNumber } from './queries.ts';

type Names =
  | 'post /v1/lanes/{lane}/claims'
  | 'post /v1/tasks/{task}/heartbeat'
  | 'post /v1/tasks/{task}/complete'
  | 'post /v1/tasks/{task}/block'
  | 'post /v1/tasks/{task}/release'
  | 'post /v1/tasks/{task}/comments'
  | 'post /v1/tasks/{task}/attachments'
  | 'post /v1/tasks/{task}/metadata';

const params = z.strictObject({ task: id });

export function claimEndpoints(board: BoardOperations, limits: DoorLimits): Pick<Endpoints, Names> {
  return {
    'post /v1/lanes/{lane}/claims': claimEndpoint(board, limits),
    'post /v1/tasks/{task}/heartbeat': endpoint({
      params,
      body: heartbeatRequest.optional(),
      answer: heartbeatAnswer,
      work: (input, call) => board.heartbeat(input.params.task, input.body ?? {}, boardCaller(call)),
    }),
    'post /v1/tasks/{task}/complete': endpoint({
      params,
      body: completeRequest,
      answer: taskView,
      work: (input, call) => board.complete(input.params.task, input.body, boardCaller(call)),
    }),
    'post /v1/tasks/{task}/block': endpoint({
      params,
      body: blockRequest,
      answer: taskView,
      work: (input, call) => board.block(input.params.task, input.body, boardCaller(call)),
    }),
    'post /v1/tasks/{task}/release': endpoint({
      params,
      body: releaseRequest.optional(),
      answer: taskView,
      work: (input, call) => board.release(input.params.task, input.body?.reason ?? '', boardCaller(call)),
    }),
    'post /v1/tasks/{task}/comments': endpoint({
      params,
      body: commentRequest,
      answer: commentView,
      status: 201,
      work: (input, call) => board.comment(input.params.task, input.body.text, boardCaller(call)),
    }),
    'post /v1/tasks/{task}/attachments': endpoint({
      params,
      body: attachmentRequest,
      answer: attachmentView,
      status: 201,
      work: (input, call) => board.attach(input.params.task, input.body, boardCaller(call)),
    }),
    'post /v1/tasks/{task}/metadata': endpoint({
      params,
      body: metadataRequest,
      answer: taskView,
      work: (input, call) => board.annotate(input.params.task, input.body.metadata, boardCaller(call)),
    }),
  };
}

function claimEndpoint(board: BoardOperations, limits: DoorLimits) {
  return freeEndpoint({
    params: z.strictObject({ lane: id }),
    query: z.strictObject({ waitMs: wholeNumber.pipe(z.number().max(limits.waitMs)).default(0) }),
    body: claimRequest.optional(),
    ownIdempotency: true,
    answer: { status: 200, content: { 'application/json': claimAnswer }, orNothing: true },
    work: async (input, call) => {
      const key = readIdempotencyKey(call.header('idempotency-key'));
      if (!key.ok) return key;
      const request = { ...(key.value === undefined ? {} : { requestId: key.value }), ...input.body };
      const claimed = await board.claim(input.params.lane, request, boardCaller(call), input.query.waitMs, call.signal);
      if (!claimed.ok) return claimed;
      return done(claimed.value === null ? { kind: 'nothing' } : { kind: 'json', status: 200, body: claimed.value });
    },
  });
}
