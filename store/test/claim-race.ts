/** Many processes, each with a store of its own on one PostgreSQL, ask for the same task at the same moment, round after round. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Store } from '../src/index.ts';
import { newLane, newTask } from './claim-fixtures.ts';
import { value } from './databases.ts';

export interface Round {
  readonly task: string;
  /** Ask for exactly this task, instead of for the next one. */
  readonly byId: boolean;
}

export type RoundAnswer =
  | { readonly won: true; readonly task: string; readonly epoch: number; readonly completed: boolean }
  | { readonly won: false; readonly why: string };

export interface RaceFigures {
  readonly rounds: number;
  readonly processes: number;
  /** Rounds without exactly one winner that completed the task. */
  readonly wrong: readonly string[];
  /** What the others heard, with how often. */
  readonly losers: Readonly<Record<string, number>>;
}

interface RacePlace {
  readonly url: string;
  readonly schema: string;
}

export async function raceForTasks(
  store: Store,
  { url, schema }: RacePlace,
  processes: number,
  rounds: number,
  progress: (round: number) => void = () => undefined,
): Promise<RaceFigures> {
  const lane = value(await store.board.registerLane(newLane({ capacity: 10_000 }), 'operator')).name;
  const racers = await startRacers(processes, [url, schema, lane]);
  const wrong: string[] = [];
  const losers: Record<string, number> = {};
  try {
    for (let round = 0; round < rounds; round += 1) {
      const task = value(await store.board.createTask(newTask({ assignee: lane }))).task.id;
      const answers = await askAll(racers, { task, byId: round % 2 === 0 });
      const winners = answers.filter((answer) => answer.won);
      for (const answer of answers) if (!answer.won) losers[answer.why] = (losers[answer.why] ?? 0) + 1;
      if (winners.length !== 1 || winners[0]?.task !== task || !winners[0].completed) wrong.push(`${task}: ${JSON.stringify(winners)}`);
      const after = await store.board.readTaskDetail(task);
      if (after?.task.status !== 'done' || after.runs.length !== 1) wrong.push(`${task}: ${after?.task.status}, ${after?.runs.length} runs`);
      progress(round + 1);
    }
  } finally {
    await Promise.all(racers.map(stop));
  }
  return { rounds, processes, wrong, losers };
}

/** A few at a time; many that start at once only wait for each other. */
async function startRacers(count: number, args: readonly string[]): Promise<readonly ChildProcess[]> {
  const racers: ChildProcess[] = [];
  while (racers.length < count) {
    const some = Array.from({ length: Math.min(8, count - racers.length) }, () =>
      fork(fileURLToPath(new URL('race-process.ts', import.meta.url)), args, { stdio: 'inherit' }),
    );
    racers.push(...some);
    await Promise.all(some.map((racer) => once(racer, 'message')));
  }
  return racers;
}

function askAll(racers: readonly ChildProcess[], round: Round): Promise<readonly RoundAnswer[]> {
  const answers = racers.map((racer) => new Promise<RoundAnswer>((resolve) => racer.once('message', (answer: RoundAnswer) => resolve(answer))));
  for (const racer of racers) racer.send(round);
  return Promise.all(answers);
}

async function stop(racer: ChildProcess): Promise<void> {
  const ended = once(racer, 'exit');
  racer.disconnect();
  await ended;
}
