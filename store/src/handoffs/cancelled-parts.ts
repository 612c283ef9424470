/** What a handoff led to, and what is known of each when it is called off. Read off the rows alone, so that it is the same tree whenever it is asked for: nothing is added to it any more. */
import type { CancelledPart } from '@guildhall/handoffs';
import type { Kysely } from 'kysely';
import type { HandoffRow } from '../handoff-schema.ts';
import { isOfHandoff } from '../partial-indexes.ts';
import type { Schema, TaskRow, TurnRow } from '../schema.ts';
import { hasUnknownCall } from './handoffs-under-way.ts';

/** `below`: how far below the handoff that is called off. */
export type TreeRow = HandoffRow & { readonly below: number };

/** The handoff first; behind each what was done within it, and then those it asked for. */
export async function partsOf(db: Kysely<Schema>, tree: readonly TreeRow[]): Promise<readonly CancelledPart[]> {
  const ids = tree.map((row) => row.id);
  const now = await db.selectFrom('handoffs').selectAll().where('id', 'in', ids).execute();
  const status = new Map(now.map((row) => [row.id, row]));
  const turns = await turnParts(db, ids);
  const runs = await runParts(db, ids);
  const tasks = await taskParts(db, ids);
  const within = (row: TreeRow): readonly CancelledPart[] => {
    const here = [...turns, ...runs, ...tasks].filter(({ handoff }) => handoff === row.id).map(({ part }) => ({ ...part, depth: row.below + 1 }));
    const going = here.some(({ kind, answer }) => kind === 'turn' && answer === null);
    const below = tree.filter(({ parent }) => parent === row.id).flatMap(within);
    return [handoffPart(status.get(row.id) ?? row, row.below, going), ...here, ...below];
  };
  const [root] = tree;
  return root === undefined ? [] : within(root);
}

interface PartOf {
  readonly handoff: string | null;
  readonly part: Omit<CancelledPart, 'depth'>;
}

function handoffPart(row: HandoffRow, depth: number, going: boolean): CancelledPart {
  return { kind: 'handoff', id: row.id, what: `${row.source} → ${row.target}: ${firstLine(row.task)}`, depth, ...handoffAnswer(row, going) };
}

function handoffAnswer({ status, outcome, reason }: HandoffRow, going: boolean): Pick<CancelledPart, 'answer' | 'detail'> {
  if (status === 'finished') return { answer: 'already-done', detail: `it had ended before (${outcome ?? ''})` };
  if (status === 'refused') return { answer: 'already-done', detail: `it was refused before: ${reason}` };
  if (status === 'uncertain') return { answer: 'could-not-be-confirmed', detail: reason };
  return { answer: going ? null : 'stopped', detail: reason };
}

async function turnParts(db: Kysely<Schema>, handoffs: readonly string[]): Promise<readonly PartOf[]> {
  const turns = await db.selectFrom('turns').selectAll().where('handoff', 'in', handoffs).where(isOfHandoff).orderBy('id').execute();
  const parts: PartOf[] = [];
  for (const turn of turns) {
    const { id, handoff, session_key: sessionKey } = turn;
    parts.push({ handoff, part: { kind: 'turn', id, what: `turn of ${turn.agent} in ${sessionKey}`, ...(await turnAnswer(db, turn)) } });
  }
  return parts;
}

async function turnAnswer(db: Kysely<Schema>, { id, status, reason }: TurnRow): Promise<Pick<CancelledPart, 'answer' | 'detail'>> {
  if (status === 'queued' || status === 'running') return { answer: null, detail: 'it runs and was asked to stop' };
  if (status === 'completed' || status === 'absorbed')
    return { answer: 'already-done', detail: `it had ${status === 'completed' ? 'answered' : 'joined another turn'}` };
  if (await hasUnknownCall(db, id))
    return { answer: 'could-not-be-confirmed', detail: 'a call of a tool had started, and nobody knows whether it took effect' };
  return { answer: status === 'failed' ? 'already-done' : 'stopped', detail: reason ?? '' };
}

/** Those that waited for a person: any other is done by a turn, which stands for it. */
async function runParts(db: Kysely<Schema>, handoffs: readonly string[]): Promise<readonly PartOf[]> {
  const runs = await db
    .selectFrom('role_runs')
    .select(['id', 'handoff', 'plan', 'role', 'task', 'reason'])
    .where('handoff', 'in', handoffs)
    .where(isOfHandoff)
    .where('turn_id', 'is', null)
    .where('host_turn', 'is', null)
    .orderBy('id')
    .execute();
  return runs.map(({ id, handoff, plan, role, task, reason }) => ({
    handoff,
    part: { kind: 'run', id, what: `work of the ${role} of ${plan}: ${firstLine(task)}`, answer: 'stopped', detail: reason },
  }));
}

async function taskParts(db: Kysely<Schema>, handoffs: readonly string[]): Promise<readonly PartOf[]> {
  const tasks = await db.selectFrom('tasks').selectAll().where('handoff', 'in', handoffs).where(isOfHandoff).orderBy('id').execute();
  return tasks.map((task) => ({
    handoff: task.handoff,
    part: { kind: 'task', id: task.id, what: `task on ${task.board}: ${firstLine(task.title)}`, ...taskAnswer(task) },
  }));
}

function taskAnswer({ status, lane }: TaskRow): Pick<CancelledPart, 'answer' | 'detail'> {
  if (status === 'done' || status === 'archived') return { answer: 'already-done', detail: `it was ${status}` };
  if (status === 'running') return { answer: null, detail: `held by the lane ${lane ?? ''}` };
  return { answer: 'stopped', detail: `${status}; no lane takes it any more` };
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.length <= 120 ? line : `${line.slice(0, 119).toWellFormed()}…`;
}
