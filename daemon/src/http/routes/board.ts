/** Boards: what there is, in columns and in pages, and what comes onto them. */
import { z } from 'zod';
import {
  boardColumns,
  boardRequest,
  boardView,
  done,
  importReport,
  importRequest,
  linkRequest,
  taskPage,
  taskQuery,
  taskRequest,
  taskView,
} from '@guildhall/protocol';
import type { BoardOperations } from '../../board-operations.ts';
import { boardCaller } from '../board-caller.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { id, limit } from './queries.ts';

type Names =
  | 'get /v1/boards'
  | 'post /v1/boards'
  | 'get /v1/boards/{board}'
  | 'get /v1/boards/{board}/tasks'
  | 'post /v1/boards/{board}/tasks'
  | 'post /v1/boards/{board}/import'
  | 'post /v1/links'
  | 'delete /v1/links';

const byBoard = z.strictObject({ board: id });
const createdTask = taskView.extend({ existing: z.boolean() });

export function boardEndpoints(board: BoardOperations): Pick<Endpoints, Names> {
  return {
    'get /v1/boards': endpoint({ answer: z.array(boardView), work: async () => done(await board.listBoards()) }),
    'post /v1/boards': endpoint({
      body: boardRequest,
      answer: boardView,
      status: 201,
      work: ({ body }, call) => board.createBoard(body, boardCaller(call)),
    }),
    'get /v1/boards/{board}': endpoint({
      params: byBoard,
      query: z.strictObject({ limit: limit(50, 200) }),
      answer: boardColumns,
      work: ({ params, query }, call) => board.readBoard(params.board, query.limit, boardCaller(call)),
    }),
    'get /v1/boards/{board}/tasks': endpoint({
      params: byBoard,
      query: taskQuery.extend({ limit: limit(100, 500) }),
      answer: taskPage,
      work: ({ params, query }, call) => board.listTasks(params.board, query, boardCaller(call)),
    }),
    'post /v1/boards/{board}/tasks': endpoint({
      params: byBoard,
      body: taskRequest,
      answer: createdTask,
      status: 201,
      work: ({ params, body }, call) => board.createTask(params.board, body, boardCaller(call)),
    }),
    'post /v1/boards/{board}/import': endpoint({
      params: byBoard,
      body: importRequest,
      answer: importReport,
      work: ({ params, body }, call) => board.importBoard(params.board, body, boardCaller(call)),
    }),
    'post /v1/links': endpoint({ body: linkRequest, answer: taskView, work: ({ body }, call) => board.linkTasks(body.parent, body.child, boardCaller(call)) }),
    'delete /v1/links': endpoint({
      body: linkRequest,
      answer: taskView,
      work: ({ body }, call) => board.unlinkTasks(body.parent, body.child, boardCaller(call)),
    }),
  };
}
