/** A board of another program comes over: first looked at, then taken over once, by a daemon that runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { importReport, taskPage, type ImportReport } from '@guildhall/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { emptyHermes, hermesBoard, vibeBoard, type ForeignHome } from '../../store/test/import-fixtures.ts';
import { problem, startBoardWorld, type BoardWorld } from './board-world.ts';

let world: BoardWorld;
const homes: ForeignHome[] = [];
let boards = 0;

beforeAll(async () => {
  world = await startBoardWorld();
}, 120_000);

afterEach(() => {
  for (const home of homes.splice(0)) home.dispose();
});

afterAll(() => world.stop());

function keep(home: ForeignHome): ForeignHome {
  homes.push(home);
  return home;
}

/** A new one also when a test is tried again. */
async function newBoard(of: string): Promise<string> {
  boards += 1;
  const name = `${of}-${boards}`;
  await world.operator('POST', '/v1/boards', { name });
  return name;
}

async function importInto(board: string, request: Readonly<Record<string, unknown>>): Promise<ImportReport> {
  return importReport.parse(await world.operator('POST', `/v1/boards/${board}/import`, request));
}

async function tasksOf(board: string) {
  return taskPage.parse(await world.operator('GET', `/v1/boards/${board}/tasks?limit=500`)).tasks;
}

async function refused(board: string, request: Readonly<Record<string, unknown>>) {
  const answer = await world.daemon().request('POST', `/v1/boards/${board}/import`, request);
  return { status: answer?.status, ...problem.parse(answer?.body) };
}

describe('a board of Hermes in use there', () => {
  it('is told before anything is written, comes over once, and leaves its own alone', async () => {
    const { file } = keep(hermesBoard());
    const before = readFileSync(file);
    const board = await newBoard('hermes');
    const dry = await importInto(board, { format: 'hermes', path: file, dryRun: true });
    expect(dry.found).toEqual({ tasks: 11, links: 5, comments: 1, runs: 3, attachments: 4, events: 5 });
    expect(dry.skipped.length).toBeGreaterThan(4);
    expect(dry.skipped.every(({ reason }) => reason !== '')).toBe(true);
    expect(await tasksOf(board)).toEqual([]);

    const first = await importInto(board, { format: 'hermes', path: file });
    expect(first).toEqual({ ...dry, dryRun: false });
    expect(first.imported['tasks']).toBe(11);
    const tasks = await tasksOf(board);
    expect(tasks.find(({ title }) => title === 'Task t_build')).toMatchObject({ assignee: 'coder', priority: 5, createdBy: 'hermes:user' });

    const second = await importInto(board, { format: 'hermes', path: file });
    expect(Object.values(second.imported)).toEqual(Object.values(second.imported).map(() => 0));
    expect((await importInto(board, { format: 'hermes', path: file, dryRun: true })).imported['tasks']).toBe(0);
    expect(await tasksOf(board)).toHaveLength(tasks.length);
    expect(readFileSync(file).equals(before)).toBe(true);
  }, 120_000);

  it('adds what came since', async () => {
    const home = keep(hermesBoard());
    const board = await newBoard('later');
    await importInto(board, { format: 'hermes', path: home.file });
    home.db.exec(
      "insert into tasks (id, title, status, created_at) values ('t_new', 'New there', 'todo', 1772366500); insert into task_links values ('t_ship', 't_new')",
    );
    expect((await importInto(board, { format: 'hermes', path: home.file })).imported).toMatchObject({ tasks: 1, links: 1 });
    expect((await tasksOf(board)).find(({ title }) => title === 'New there')).toMatchObject({ status: 'todo', openParents: 1 });
  }, 120_000);

  it('comes over with ten thousand tasks while the daemon goes on answering', async () => {
    const home = keep(emptyHermes());
    home.db.exec(`with recursive n (i) as (select 1 union all select i + 1 from n where i < 10000)
      insert into tasks (id, title, body, assignee, status, created_at) select 't_' || i, 'Task ' || i, 'about it', 'factory', 'todo', 1772366400 + i from n;
      insert into task_events (task_id, kind, payload, created_at) select id, 'created', '{"status":"todo"}', created_at from tasks;
      insert into task_links select 't_' || (i - 1), id from (select id, cast(substr(id, 3) as integer) as i from tasks) where i % 10 > 0 and i > 1`);
    const board = await newBoard('huge');
    let over = false;
    const importing = importInto(board, { format: 'hermes', path: home.file }).finally(() => (over = true));
    let answered = 0;
    while (!over) {
      expect((await world.daemon().request('GET', '/v1/status'))?.status).toBe(200);
      answered += 1;
    }
    expect((await importing).imported).toMatchObject({ tasks: 10_000, links: 8_999, events: 10_000 });
    expect(answered).toBeGreaterThan(5);
  }, 300_000);
});

describe('a board of Vibe Kanban', () => {
  it('comes over with what worked on it', async () => {
    const board = await newBoard('vibe');
    const report = await importInto(board, { format: 'vibe-kanban', path: keep(vibeBoard()).file });
    expect(report.imported).toEqual({ tasks: 5, links: 0, comments: 0, runs: 2, attachments: 1, events: 0 });
  }, 120_000);
});

describe('what is no such board', () => {
  it('is refused in words', async () => {
    const { file, folder } = keep(hermesBoard());
    const notes = path.join(folder, 'notes.txt');
    writeFileSync(notes, 'milk, eggs, bread and butter');
    expect(await refused('default', { format: 'hermes', path: notes })).toMatchObject({ status: 400, code: 'invalid-input' });
    expect(await refused('default', { format: 'vibe-kanban', path: file })).toMatchObject({ status: 400, detail: expect.stringContaining('Hermes') });
    expect(await refused('default', { format: 'hermes', path: 'kanban.db' })).toMatchObject({ status: 400, detail: expect.stringContaining('whole path') });
    expect(await refused('nowhere', { format: 'hermes', path: file })).toMatchObject({ status: 404 });
    expect(await refused('default', { format: 'hermes', path: path.join(world.place.home, 'guildhall.db') })).toMatchObject({
      status: 400,
      detail: expect.stringContaining('this daemon itself'),
    });
    expect(await tasksOf('default')).toEqual([]);
  });
});
