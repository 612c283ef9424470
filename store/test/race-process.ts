/** One of many processes that want the same task: `race-process.ts URL SCHEMA LANE`. Claims when told to, and says what came of it. */
import { systemClock, systemIds } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import { openStore } from '../src/index.ts';
import { attempt, completion } from './claim-fixtures.ts';
import type { Round, RoundAnswer } from './claim-race.ts';

const [, , url = '', schema = '', lane = ''] = process.argv;
const ids = systemIds(() => systemClock.now());
// Nobody here waits for events, so nobody needs to look for them often.
const place = { kind: 'postgres', url, schema, pollMs: 600_000 } as const;
const store = expectDone(await openStore(place, { clock: systemClock, ids, boot: ids.next('boot') }));

async function race({ task, byId }: Round): Promise<RoundAnswer> {
  const claimed = await store.board.claimTask(attempt(lane, byId ? { task } : {}));
  if (!claimed.ok) return { won: false, why: claimed.refusal.code };
  if (claimed.value === null) return { won: false, why: 'nothing' };
  const { tokenHash, epoch } = claimed.value.run;
  const ended = await store.board.completeClaim({ task: claimed.value.task.id, tokenHash }, completion);
  return { won: true, task: claimed.value.task.id, epoch, completed: ended.ok };
}

process.on('message', (round: Round) => void race(round).then((answer) => process.send?.(answer)));
process.on('disconnect', () => void store.close().then(() => process.exit(0)));
process.send?.('ready');
