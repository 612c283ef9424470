import { z } from 'zod';
import { boardColumns, boardRequest, boardView, done, type BoardColumns, type BoardView } from '@guildhall/protocol';
import { readInput, wholeNumber } from '../../../input.ts';
import type { Screen } from '../../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../../terminal/shown.ts';
import { renderTable, type Column } from '../../../terminal/table.ts';
import { relativeTime } from '../../../terminal/words.ts';
import type { RunVerb } from '../../../verb.ts';
import { statusPaint } from '../describe-task.ts';
import { makeRequest } from '../../../http/request-body.ts';
import { waitsFor } from '../waits-for.ts';

export const listBoards: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const boards = await daemon.value.ask('get', '/v1/boards', z.array(boardView));
  if (!boards.ok) return boards;
  const { now } = call.output.screen;
  const columns: readonly Column<BoardView>[] = [
    { title: 'BOARD', cell: (board) => board.name, paint: () => 'bold' },
    { title: 'TITLE', cell: (board) => board.title, shrinks: true },
    { title: 'MADE', cell: (board) => (board.createdAt === 0 ? 'with the installation' : relativeTime(board.createdAt, now)) },
    { title: 'ARCHIVES', cell: (board) => (board.archiveDoneAfterDays === null ? 'never' : `done tasks after ${board.archiveDoneAfterDays} days`) },
  ];
  return done({
    json: boards.value,
    text: () =>
      boards.value.length === 0 ? show`No boards. Make one: guildhall kanban boards create NAME` : renderTable(call.output.screen, columns, boards.value),
  });
};

const createInput = z.object({ name: z.string(), title: z.string().optional(), archiveDoneAfter: wholeNumber(1, 3650).optional() });

export const createBoard: RunVerb = async (call) => {
  const options = readInput(call, createInput);
  if (!options.ok) return options;
  const { name, title, archiveDoneAfter } = options.value;
  const body = makeRequest(boardRequest, { name, title, archiveDoneAfterDays: archiveDoneAfter });
  if (!body.ok) return body;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const board = await daemon.value.ask('post', '/v1/boards', boardView, { body: body.value });
  if (!board.ok) return board;
  return done({
    json: board.value,
    text: () => show`The board ${board.value.name} is there. Put something on it: guildhall kanban create "Write the parser" --board ${board.value.name}`,
  });
};

const showInput = z.object({ name: z.string().min(1).optional() });

export const showBoard: RunVerb = async (call) => {
  const options = readInput(call, showInput);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const params = { board: options.value.name ?? call.environment.board ?? 'default' };
  const board = await daemon.value.ask('get', '/v1/boards/{board}', boardColumns, { params });
  return board.ok ? done({ json: board.value, text: () => describeBoard(call.output.screen, board.value) }) : board;
};

const cardsShown = 10;

function describeBoard(screen: Screen, { board, columns }: BoardColumns): Shown {
  const { paint, marks } = screen;
  const filled = columns.filter(({ count }) => count > 0);
  const lines = filled.flatMap(({ status, count, more, tasks }) => [
    show`${paint(statusPaint[status], status)} ${count}${more ? '+' : ''}`,
    ...tasks.slice(0, cardsShown).map((task) => show`  ${paint('bold', task.id)}  ${task.title}  ${paint('dim', task.lane ?? waitsFor(task, screen.now))}`),
    ...(count > cardsShown ? [paint('dim', show`  ${marks.ellipsis} all of them: guildhall kanban list --board ${board.name} --status ${status}`)] : []),
  ]);
  const empty = show`No tasks yet. Make one: guildhall kanban create "Write the parser" --board ${board.name}`;
  return joinShown([
    show`${paint('bold', board.title === '' ? board.name : board.title)}  ${paint('dim', board.name)}`,
    ...(filled.length === 0 ? [empty] : lines),
  ]);
}
