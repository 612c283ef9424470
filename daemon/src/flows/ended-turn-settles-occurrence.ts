/** What came of an occurrence of a schedule is recorded when its turn, or its run, has ended; and sent to whoever wants to hear of it. */
import type { Clock } from '@guildhall/kernel';
import type { OccurrenceStatus } from '@guildhall/protocol';
import type { RoleRun, RoleStore } from '@guildhall/roles';
import type { Turn, TranscriptStore } from '@guildhall/sessions';
import type { Store } from '@guildhall/store';
import type { JournalTail } from '../journal-tail.ts';
import { schedulePlatform } from '../schedules/scheduled-message.ts';
import { pauseAfter } from './due-schedule-opens-turn.ts';
import { repeat, type Repeating } from './repeat.ts';

const sweepEveryMs = 5000;
const atOnce = 100;

interface SettlingDeps {
  readonly store: Store['schedules'];
  readonly sessions: Pick<TranscriptStore, 'readTurn'>;
  readonly roleStore: Pick<RoleStore, 'readRun'>;
  readonly tail: Pick<JournalTail, 'on'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

export function endedTurnSettlesOccurrence(deps: SettlingDeps): Repeating {
  let hurry = new AbortController();
  const stopListening = deps.tail.on(['turn.completed', 'turn.failed', 'turn.cancelled', 'role.finished'], ({ type, stream }) => {
    if (type === 'role.finished' || stream.includes(`:${schedulePlatform}:`)) hurry.abort();
  });
  const pace: Clock = {
    ...deps.clock,
    sleep: (ms, signal) => deps.clock.sleep(ms, AbortSignal.any([hurry.signal, ...(signal === undefined ? [] : [signal])])),
  };
  const sweep = async () => {
    hurry = new AbortController();
    for (;;) {
      const open = await deps.store.unsettledOccurrences(atOnce);
      for (const occurrence of open) await settleOne(deps, occurrence);
      if (open.length < atOnce) return;
    }
  };
  const settling = repeat(pace, sweepEveryMs, sweep, deps.onFault);
  return {
    async stop() {
      stopListening();
      hurry.abort();
      await settling.stop();
    },
  };
}

type Unsettled = Awaited<ReturnType<Store['schedules']['unsettledOccurrences']>>[number];

/** A refusal means that another daemon was first, or that the schedule was removed. */
async function settleOne(deps: SettlingDeps, { schedule, dueAt, turnId, run }: Unsettled): Promise<void> {
  const turn = turnId === null ? undefined : await deps.sessions.readTurn(turnId);
  const judged = run === null ? judgeTurn(turn) : judgeRun(await deps.roleStore.readRun(run), turn);
  const { status, reason, answer } = judged;
  const failed = `The schedule ${schedule.name}, due ${new Date(dueAt).toISOString()}, failed: ${reason}`;
  const words = status === 'failed' ? failed : answer;
  const deliver = schedule.deliverTo === null || words === '' ? null : words;
  await deps.store.settleOccurrence(schedule.name, dueAt, { status, reason, deliver, pauseAfter });
}

interface Judged {
  readonly status: Extract<OccurrenceStatus, 'succeeded' | 'failed'>;
  readonly reason: string;
  readonly answer: string;
}

function judgeTurn(turn: Turn | undefined): Judged {
  if (turn?.status === 'completed') return { status: 'succeeded', reason: '', answer: turn.answer ?? '' };
  return { status: 'failed', reason: turn === undefined ? 'its turn is gone' : `its turn ${wordsOf(turn)}`, answer: '' };
}

function wordsOf({ status, reason }: Turn): string {
  const what = status === 'absorbed' ? 'was taken into another' : status === 'cancelled' ? 'was cancelled' : 'failed';
  return reason === undefined ? what : `${what}: ${reason}`;
}

/** What the run has proven counts, not what its answer says. */
function judgeRun(run: RoleRun | undefined, turn: Turn | undefined): Judged {
  if (run === undefined) return { status: 'failed', reason: 'its run is gone', answer: '' };
  const answer = run.answer ?? run.personAnswer ?? turn?.answer ?? '';
  if (run.outcome === 'succeeded') return { status: 'succeeded', reason: '', answer };
  return { status: 'failed', reason: `the run ${run.id} is ${run.outcome ?? run.status}: ${run.reason}`, answer };
}
