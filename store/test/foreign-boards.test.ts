/** Boards of other programs: what is read from them, that they stay as they were, and how they stand here. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportedBoard, ImportedTask } from '@guildhall/board';
import { afterEach, describe, expect, it } from 'vitest';
import { openForeignBoard, type ForeignBoard } from '../src/index.ts';
import { mostAttachmentBytes } from '../src/board/import/foreign-attachments.ts';
import { ids, onBothDatabases, refusalOf, sqliteDatabase, value } from './databases.ts';
import { emptyHermes, hermesBoard, oldVibeBoard, noon, vibeBoard, vibeKey, type ForeignHome } from './import-fixtures.ts';
import { provenance } from './session-fixtures.ts';

const homes: ForeignHome[] = [];

function keep(home: ForeignHome): ForeignHome {
  homes.push(home);
  return home;
}

afterEach(() => {
  for (const home of homes.splice(0)) home.dispose();
});

type Format = ForeignBoard['format'];

function open(format: Format, file: string, own?: string) {
  return openForeignBoard({ format, file, own, ids, now: noon * 1000 + 999, provenanceOf: () => provenance });
}

async function readAll(format: Format, file: string, without = new Set<string>()) {
  const board = value(await open(format, file));
  const parts: ImportedBoard[] = [];
  try {
    for await (const part of board.parts(without)) parts.push(part);
  } finally {
    await board.close();
  }
  const tasks = parts.flatMap((part) => part.tasks);
  return { board, parts, tasks, links: parts.flatMap((part) => part.links), byKey: new Map(tasks.map((task) => [task.key, task])) };
}

function taskOf(byKey: ReadonlyMap<string, ImportedTask>, key: string): ImportedTask {
  const task = byKey.get(key);
  if (task === undefined) throw new Error(`no task ${key}`);
  return task;
}

describe('a board of Hermes', () => {
  it('comes with its tasks in our statuses; what ran is ready, what nobody knows is in triage', async () => {
    const { byKey } = await readAll('hermes', keep(hermesBoard()).file);
    expect(Object.fromEntries([...byKey].map(([key, { status }]) => [key, status]))).toEqual({
      t_plan: 'done',
      t_build: 'ready',
      t_ship: 'todo',
      t_idea: 'triage',
      t_ready: 'ready',
      t_stuck: 'blocked',
      t_able: 'blocked',
      t_later: 'blocked',
      t_check: 'review',
      t_old: 'archived',
      t_odd: 'triage',
    });
    expect(taskOf(byKey, 't_odd').comments).toMatchObject([{ author: 'daemon', text: expect.stringContaining('quarantined') }]);
    expect(taskOf(byKey, 't_odd').title).toHaveLength(500);
    expect(taskOf(byKey, 't_odd').body).toContain('x'.repeat(600));
  });

  it('keeps what waits waiting for a person, with the reason', async () => {
    const { byKey } = await readAll('hermes', keep(hermesBoard()).file);
    expect(taskOf(byKey, 't_stuck').block).toEqual({ kind: 'needs_input', reason: 'the server is down' });
    expect(taskOf(byKey, 't_able').block).toMatchObject({ kind: 'capability' });
    expect(taskOf(byKey, 't_later').block).toMatchObject({ kind: 'needs_input', reason: expect.stringContaining('after the fair') });
  });

  it('comes with assignees, comments, events under their names, and runs with their outcomes', async () => {
    const { byKey } = await readAll('hermes', keep(hermesBoard()).file);
    const build = taskOf(byKey, 't_build');
    expect(build).toMatchObject({ assignee: 'coder', priority: 5, createdBy: 'hermes:user', createdAt: noon * 1000 });
    expect(build.metadata).toMatchObject({ imported: { format: 'hermes', id: 't_build', status: 'running', skills: { value: ['testing'] } } });
    expect(build.comments).toMatchObject([{ author: 'hermes:operator', text: 'Mind the gap', at: (noon + 5) * 1000 }]);
    expect(build.events).toEqual([
      { type: 'created', at: noon * 1000, data: { assignee: 'coder' } },
      { type: 'claimed', at: (noon + 10) * 1000, data: { run: 1 } },
    ]);
    expect(build.runs).toMatchObject([
      { lane: 'coder', outcome: 'timed-out', reason: 'no heartbeat' },
      { lane: 'coder', outcome: 'reclaimed', endedAt: (noon + 10) * 1000 },
    ]);
    expect(taskOf(byKey, 't_plan').runs).toMatchObject([{ outcome: 'completed', summary: 'planned it', metadata: { pages: 3 } }]);
    expect(taskOf(byKey, 't_odd').events).toMatchObject([{ type: 'odd', data: { text: 'no json at all' } }]);
    expect(taskOf(byKey, 't_ship')).toMatchObject({ assignee: 'release-bot-', metadata: { imported: { assignee: 'Release Bot!' } } });
    expect(build.id).not.toBe('t_build');
  });

  it('copies the attachments that are there and its own, and names the others with the reason', async () => {
    const { byKey, board } = await readAll('hermes', keep(hermesBoard()).file);
    expect(taskOf(byKey, 't_build').attachments).toMatchObject([
      { name: 'plan.txt', content: Buffer.from('the plan').toString('base64'), bytes: 8, sha256: createHash('sha256').update('the plan').digest('hex') },
    ]);
    const reasonOf = (name: string) => board.skipped.find(({ what }) => what.includes(name))?.reason;
    expect(reasonOf('gone.txt')).toContain('not there');
    expect(reasonOf('huge.bin')).toContain(String(mostAttachmentBytes));
    expect(reasonOf('auth.json')).toContain('outside');
    expect(JSON.stringify([...byKey.values()])).not.toContain(Buffer.from('a secret').toString('base64'));
  });

  it('names the subscriptions and the links that do not come', async () => {
    const { board, links } = await readAll('hermes', keep(hermesBoard()).file);
    expect(links).toHaveLength(3);
    expect(links).toContainEqual({ parent: 't_plan', child: 't_build' });
    const left = board.skipped.map(({ what }) => what);
    expect(left).toContain('2 notification subscriptions of telegram chats');
    expect(left).toContain('link t_gone → t_ready');
    expect(left.filter((what) => /t_build → t_ship|t_ship → t_build/.test(what))).toHaveLength(1);
    expect(board.found).toEqual({ tasks: 11, links: 5, comments: 1, runs: 3, attachments: 4, events: 5 });
    expect(board.without(new Set())).toEqual({ tasks: 11, links: 3, comments: 2, runs: 3, attachments: 1, events: 5 });
    expect(board.without(new Set(['t_build']))).toMatchObject({ tasks: 10, comments: 1, runs: 1, attachments: 0, events: 3 });
  });

  it('is read with what is only in its log yet, while its program has it open, and is left as it was', async () => {
    const { file, folder } = keep(hermesBoard());
    expect(existsSync(`${file}-wal`)).toBe(true);
    const before = fingerprint(folder);
    const { tasks } = await readAll('hermes', file);
    expect(tasks).toHaveLength(11);
    expect(fingerprint(folder)).toEqual(before);
  });

  it('is read where columns and tables of later versions are missing', async () => {
    const home = keep(emptyHermes());
    home.db.exec(`insert into tasks (id, title, status, created_at) values ('t_1', '', 'ready', 'yesterday'), ('t_2', 'big', 'done', 9223372036854775807);
      drop table task_attachments; drop table task_events; drop table task_runs; drop table kanban_notify_subs; alter table tasks drop column skills`);
    const { byKey } = await readAll('hermes', home.file);
    expect(taskOf(byKey, 't_1')).toMatchObject({ title: '(without a title)', createdAt: noon * 1000 + 999, runs: [] });
    expect(taskOf(byKey, 't_2')).toMatchObject({ status: 'done', createdAt: noon * 1000 + 999 });
  });

  it('comes in parts, parents first, however long the chain', async () => {
    const home = keep(emptyHermes());
    home.db.exec('begin');
    const add = home.db.prepare("insert into tasks (id, title, status, created_at) values (?, ?, 'todo', ?)");
    const link = home.db.prepare('insert into task_links values (?, ?)');
    const chain = 10_000;
    for (let index = 0; index < chain; index += 1) {
      add.run(`t_${index}`, `Task ${index}`, noon + chain - index);
      if (index > 0) link.run(`t_${index - 1}`, `t_${index}`);
    }
    home.db.exec('commit');
    const { parts } = await readAll('hermes', home.file);
    expect(Math.max(...parts.map(({ tasks }) => tasks.length))).toBe(100);
    const seen = new Set<string>();
    for (const part of parts) {
      for (const { key } of part.tasks) seen.add(key);
      expect(part.links.every(({ parent, child }) => seen.has(parent) && seen.has(child))).toBe(true);
    }
    expect(seen.size).toBe(chain);
  }, 60_000);
});

describe('a board of Vibe Kanban', () => {
  it('comes with its tasks, what worked on them, and its files once each', async () => {
    const { byKey, tasks, board } = await readAll('vibe-kanban', keep(vibeBoard()).file);
    expect(tasks.map(({ key, status }) => [key, status])).toEqual([
      [vibeKey(1), 'todo'],
      [vibeKey(2), 'ready'],
      [vibeKey(3), 'review'],
      [vibeKey(4), 'done'],
      [vibeKey(5), 'archived'],
    ]);
    const worked = taskOf(byKey, vibeKey(2));
    expect(worked).toMatchObject({ labels: ['Fence'], createdAt: Date.parse('2026-03-01T12:01:00.250Z') });
    expect(worked.metadata).toMatchObject({ imported: { project: 'Fence', branches: ['vk/paint'], pullRequests: ['https://example.com/pull/7'] } });
    expect(worked.runs).toMatchObject([
      { lane: 'claude_code', outcome: 'crashed', summary: 'painted half', reason: 'failed, exit code 1' },
      { lane: 'claude_code', outcome: 'reclaimed' },
    ]);
    expect(worked.attachments).toMatchObject([{ name: 'fence.png', mediaType: 'image/png', bytes: 9 }]);
    expect(taskOf(byKey, vibeKey(3)).metadata).toMatchObject({ imported: { cameUpIn: vibeKey(2) } });
    expect(board.skipped.map(({ what }) => what)).toEqual([`attachment trick.png of ${vibeKey(2)}`, '1 tags']);
    expect(board.found).toMatchObject({ tasks: 5, runs: 2, attachments: 2 });
  });

  it('is read from the time when there were attempts', async () => {
    const { byKey } = await readAll('vibe-kanban', keep(oldVibeBoard()).file);
    expect(taskOf(byKey, vibeKey(2))).toMatchObject({ runs: [{ lane: 'amp', outcome: 'completed' }], metadata: { imported: { branches: ['vk/old'] } } });
  });
});

describe('a file that is no such board', () => {
  it('is refused, saying what it is', async () => {
    const hermes = keep(hermesBoard());
    const vibe = keep(vibeBoard());
    const text = join(hermes.folder, 'notes.txt');
    writeFileSync(text, 'just some notes, longer than a header');
    const empty = join(hermes.folder, 'empty.db');
    writeFileSync(empty, '');
    const refusal = async (format: Format, file: string) => {
      const opened = await open(format, file);
      return opened.ok ? undefined : `${opened.refusal.code}: ${opened.refusal.message}`;
    };
    expect(await refusal('hermes', vibe.file)).toMatch(/^invalid-input.*is a board of Vibe Kanban/);
    expect(await refusal('vibe-kanban', hermes.file)).toMatch(/^invalid-input.*is a board of Hermes/);
    expect(await refusal('hermes', text)).toMatch(/^invalid-input.*not a SQLite database/);
    expect(await refusal('hermes', empty)).toMatch(/^invalid-input.*empty/);
    expect(await refusal('hermes', hermes.folder)).toMatch(/^invalid-input.*not a file/);
    expect(await refusal('hermes', join(hermes.folder, 'nowhere.db'))).toMatch(/^not-found/);
  });

  it('is refused unread when it or its log is a pipe, or is too much to copy', async () => {
    const hermes = keep(hermesBoard());
    hermes.db.close();
    const pipe = join(hermes.folder, 'pipe.db');
    execFileSync('mkfifo', [pipe]);
    const beside = keep(hermesBoard());
    beside.db.close();
    execFileSync('mkfifo', [`${beside.file}-journal`]);
    truncateSync(hermes.file, 9_000_000_000);
    for (const [file, why] of [
      [pipe, /is not a file/],
      [beside.file, /-journal is not a file/],
      [hermes.file, /has 9000000000 bytes/],
    ] as const) {
      const opened = await open('hermes', file);
      expect(opened.ok ? undefined : opened.refusal.message).toMatch(why);
    }
  });

  it('is refused when it is damaged', async () => {
    const { file, db } = keep(hermesBoard());
    db.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x5a, 4096, 4096 * 3));
    const opened = await open('hermes', file);
    expect(opened.ok ? undefined : opened.refusal.message).toMatch(
      /kanban\.db cannot be read: it is damaged \((?!.*(?:daemon|guildhall-import)).*\)\. Mend it there/,
    );
    truncateSync(file, 5000);
    expect(refusalOf(await open('hermes', file))).toBe('invalid-input');
  });

  it('is refused when it is damaged where nothing is read', async () => {
    const { file, db } = keep(hermesBoard());
    const page = Number(db.prepare("select rootpage from sqlite_schema where name = 'idx_tasks_status'").get()?.['rootpage']);
    db.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x5a, page * 4096 - 60, page * 4096));
    expect(refusalOf(await open('hermes', file))).toBe('invalid-input');
  });

  it('is refused when it is a database of Guildhall, and never opened when it is the one in use', async () => {
    const database = sqliteDatabase();
    const store = await database.open();
    const file = store.place.location;
    const own = await open('hermes', file, file);
    expect(own.ok ? undefined : own.refusal.message).toContain('of this daemon itself');
    await store.close();
    const another = await open('hermes', file);
    expect(another.ok ? undefined : another.refusal.message).toContain('a database of Guildhall');
    await database.dispose();
  });
});

onBothDatabases('an imported board', (parts) => {
  it('stands on ours: what waits is linked, nothing is dead, and importing again adds nothing', async () => {
    const { store } = parts;
    const { file } = keep(hermesBoard());
    const imported = await readAll('hermes', file);
    for (const part of imported.parts) value(await store.board.importTasks('default', part, 'operator'));
    const idOf = (key: string) => taskOf(imported.byKey, key).id;
    const ship = await store.board.readTaskDetail(idOf('t_ship'));
    const build = await store.board.readTaskDetail(idOf('t_build'));
    expect(build?.task.metadata).toMatchObject({ imported: { format: 'hermes', id: 't_build' } });
    expect(build?.runs).toHaveLength(2);
    expect(build?.attachments).toMatchObject([{ name: 'plan.txt', bytes: 8 }]);
    expect(new Set([ship?.task.status, build?.task.status])).toEqual(new Set(['ready', 'todo']));
    expect(await store.board.deadTasks(10)).toEqual([]);
    const present = await store.board.findImported('default', 'hermes', imported.board.keys);
    expect(present.size).toBe(11);
    expect((await readAll('hermes', file, new Set(present))).tasks).toEqual([]);
    const again = await readAll('hermes', file);
    for (const part of again.parts)
      expect(value(await store.board.importTasks('default', part, 'operator')).imported).toEqual({
        tasks: 0,
        links: 0,
        comments: 0,
        runs: 0,
        attachments: 0,
        events: 0,
      });
  });
});

onBothDatabases('a part of a board', (parts) => {
  it('is linked to what came with an earlier one', async () => {
    const { store } = parts;
    const imported = await readAll('hermes', keep(hermesBoard()).file);
    const tasks = ['t_check', 't_idea'].map((key) => taskOf(imported.byKey, key));
    const [parent, child] = [taskOf(imported.byKey, 't_ready'), ...tasks];
    value(await store.board.importTasks('default', { format: 'hermes', tasks: [parent], links: [] }, 'operator'));
    if (child === undefined) throw new Error('no child');
    const waiting = { ...child, status: 'ready' } as const;
    const later = { format: 'hermes', tasks: [waiting], links: [{ parent: parent.key, child: child.key }] };
    expect(value(await store.board.importTasks('default', later, 'operator')).imported).toMatchObject({ tasks: 1, links: 1 });
    expect((await store.board.readTask(child.id))?.status).toBe('todo');
  });
});

/** Every file in a folder, by content. */
function fingerprint(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, createHash('sha256').update(readFileSync(path)).digest('hex')];
    }),
  );
}
