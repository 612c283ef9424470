/** A board of another program: what is on it, and its tasks in parts that are small enough for one transaction each. */
import { setImmediate } from 'node:timers/promises';
import type { DatabaseSync } from 'node:sqlite';
import type { ImportedBoard, ImportedTask } from '@guildhall/board';
import { done, Fault, refuse, type Settled } from '@guildhall/protocol';
import type { Adoption, Counts, ForeignTables, Skipped } from './foreign-board.ts';
import { openForeignFile } from './foreign-file.ts';
import { isHermes, openHermes } from './hermes.ts';
import { orderTasks } from './order-tasks.ts';
import { isVibeKanban, openVibeKanban } from './vibe-kanban.ts';

type ForeignFormat = 'hermes' | 'vibe-kanban';

export interface ForeignBoard {
  readonly format: ForeignFormat;
  readonly found: Counts;
  /** Parents before their children. */
  readonly keys: readonly string[];
  readonly skipped: readonly Skipped[];
  /** What would come over if these were left out. */
  without(keys: ReadonlySet<string>): Counts;
  /** The others, parents before their children, with the links to their parents. A task that cannot be read ends it with a fault. */
  parts(without: ReadonlySet<string>): AsyncGenerator<ImportedBoard>;
  close(): Promise<void>;
}

export interface ForeignBoardRequest extends Adoption {
  readonly format: ForeignFormat;
  readonly file: string;
  /** The database of this daemon, where it is a file. */
  readonly own: string | undefined;
}

const programs = {
  hermes: { name: 'Hermes', is: isHermes, open: openHermes, usually: '~/.hermes/kanban.db' },
  'vibe-kanban': { name: 'Vibe Kanban', is: isVibeKanban, open: openVibeKanban, usually: '~/.local/share/vibe-kanban/db.v2.sqlite' },
} as const;

/** `not-found` where there is no file; `invalid-input` for one that is damaged or of another program, saying what it is; `wrong-state` while it is being written. The file is not touched. */
export async function openForeignBoard(request: ForeignBoardRequest): Promise<Settled<ForeignBoard>> {
  const { format, file } = request;
  const opened = await openForeignFile(file, request.own);
  if (!opened.ok) return opened;
  const { db, folder, close } = opened.value;
  try {
    const recognised = recognise(db, format, file);
    if (!recognised.ok) {
      await close();
      return recognised;
    }
    const tables = await programs[format].open(db, folder, request);
    return done(boardOver(format, tables, close));
  } catch (error) {
    await close();
    return refuse('invalid-input', `${file} cannot be read as a board of ${programs[format].name}: ${String(error)}`, { file });
  }
}

function recognise(db: DatabaseSync, format: ForeignFormat, file: string): Settled<null> {
  const { name, is, usually } = programs[format];
  if (is(db)) return done(null);
  const other = format === 'hermes' ? 'vibe-kanban' : 'hermes';
  if (programs[other].is(db))
    return refuse('invalid-input', `${file} is a board of ${programs[other].name}, not of ${name}. Import it with: guildhall kanban import ${other} ${file}`, {
      file,
    });
  return refuse('invalid-input', `${file} is a SQLite database, but not a board of ${name}; that is usually ${usually}`, { file });
}

function boardOver(format: ForeignFormat, tables: ForeignTables, close: () => Promise<void>): ForeignBoard {
  const order = orderTasks(tables.keys, tables.links);
  return {
    format,
    found: tables.found,
    keys: order.keys,
    skipped: [...tables.skipped, ...order.skipped],
    without(keys) {
      const total = { tasks: 0, links: 0, comments: 0, runs: 0, attachments: 0, events: 0 };
      for (const key of order.keys) {
        if (keys.has(key)) continue;
        const weight = tables.weigh(key);
        total.tasks += 1;
        total.links += order.parents.get(key)?.length ?? 0;
        for (const kind of ['comments', 'runs', 'attachments', 'events'] as const) total[kind] += weight[kind];
      }
      return total;
    },
    parts: (without) => readParts(format, tables, order, without),
    close,
  };
}

/** What one transaction takes: tasks, rows that hang on them, and characters of attachments. */
const most = { tasks: 100, rows: 2_000, characters: 16_000_000 };

async function* readParts(
  format: ForeignFormat,
  tables: ForeignTables,
  order: ReturnType<typeof orderTasks>,
  without: ReadonlySet<string>,
): AsyncGenerator<ImportedBoard> {
  let tasks: ImportedTask[] = [];
  let rows = 0;
  let characters = 0;
  const part = (): ImportedBoard => ({
    format,
    tasks,
    links: tasks.flatMap(({ key }) => (order.parents.get(key) ?? []).map((parent) => ({ parent, child: key }))),
  });
  for (const key of order.keys) {
    if (without.has(key)) continue;
    const task = await readOne(tables, key);
    tasks.push(task);
    rows += task.comments.length + task.runs.length + task.events.length;
    characters += task.attachments.reduce((total, { content }) => total + content.length, 0);
    if (tasks.length < most.tasks && rows < most.rows && characters < most.characters) continue;
    yield part();
    tasks = [];
    rows = 0;
    characters = 0;
    await setImmediate();
  }
  if (tasks.length > 0) yield part();
}

async function readOne(tables: ForeignTables, key: string): Promise<ImportedTask> {
  try {
    return await tables.read(key);
  } catch (error) {
    throw new Fault('foreign-board', `the task ${key} cannot be read: ${String(error)}`, { cause: error });
  }
}
