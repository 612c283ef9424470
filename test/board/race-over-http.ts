/** Many processes claim the same task at the same instant, each over its own connection to one daemon. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { claimAnswer, type ClaimAnswer } from '@guildhall/protocol';
import { z } from 'zod';
import { startBoardWorld } from './board-world.ts';

export interface HttpRace {
  readonly rounds: number;
  readonly processes: number;
  /** Absent: the SQLite file of the home. */
  readonly databaseUrl?: string;
}

export interface HttpRaceReport {
  readonly rounds: number;
  /** Rounds that did not have exactly one winner, with what was answered. */
  readonly wrong: readonly { readonly task: string; readonly statuses: readonly number[] }[];
  /** Tasks that more or less than one run was begun for. */
  readonly runsWrong: readonly string[];
}

interface Answered {
  readonly status: number;
  readonly claim?: ClaimAnswer;
}

const answered = z.object({ status: z.number(), text: z.string() });

/** Time for the line that announces a round to reach every process. */
const headStartMs = 150;
const lane = 'racers';

/** In every other round the processes ask for whatever is ready, in the others for exactly that task. */
export async function raceOverHttp(race: HttpRace): Promise<HttpRaceReport> {
  const world = await startBoardWorld(race.databaseUrl === undefined ? {} : { databaseUrl: race.databaseUrl });
  const { token, ask } = await world.registerLane(lane, { capacity: 1000 });
  const racers = Array.from({ length: race.processes }, () => startRacer(`${world.daemon().url}/v1/lanes/${lane}/claims`, token));
  const wrong: { task: string; statuses: readonly number[] }[] = [];
  const runsWrong: string[] = [];
  try {
    await Promise.all(racers.map((racer) => racer.run(Date.now(), {})));
    for (let round = 0; round < race.rounds; round += 1) {
      const { id } = await world.createTask({ title: `round ${round}`, assignee: lane });
      const at = Date.now() + headStartMs;
      const answers = await Promise.all(racers.map((racer) => racer.run(at, round % 2 === 0 ? { task: id } : {})));
      const winners = answers.filter(({ status }) => status === 200);
      if (winners.length !== 1 || winners[0]?.claim?.task.id !== id) wrong.push({ task: id, statuses: answers.map(({ status }) => status) });
      for (const winner of winners) await ask('POST', `/v1/tasks/${id}/complete`, { summary: 'won' }, winner.claim?.claim.token);
      const { task, runs } = await world.readTask(id);
      if (runs.length !== 1 || task.status !== 'done') runsWrong.push(id);
    }
  } finally {
    for (const racer of racers) racer.end();
    await world.stop();
  }
  return { rounds: race.rounds, wrong, runsWrong };
}

interface Racer {
  run(at: number, body: object): Promise<Answered>;
  end(): void;
}

function startRacer(url: string, token: string): Racer {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'racer.ts'), url, token], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(at, body) {
      child.stdin.write(`${at} ${JSON.stringify(body)}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error('a racing process ended');
      const { status, text } = answered.parse(JSON.parse(line.value));
      return { status, ...(status === 200 ? { claim: claimAnswer.parse(JSON.parse(text)) } : {}) };
    },
    end: () => void child.stdin.end(),
  };
}
