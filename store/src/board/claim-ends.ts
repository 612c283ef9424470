/** How a claim ends by its holder's word, or by the dispatcher's that watches its worker. */
import { judgeCompletion, laneActor, type ClaimVerbs } from '@guildhall/board';
import { done } from '@guildhall/protocol';
import { settle, type Database } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { blockHeldTask, prepareBlock } from './blocking.ts';
import { endOwnRun, runFacts } from './claim-fence.ts';
import { giveBack, moveFailed } from './failed-run.ts';
import { countFailure, forgetFailures } from './lane-rows.ts';
import { moveTask } from './landing.ts';
import { promoteChildren } from './promote.ts';
import { toTask } from './rows.ts';

/** How much of a summary an event carries; the run has all of it. */
const toldChars = 500;

export function claimEnds(database: Database): Pick<ClaimVerbs, 'completeClaim' | 'blockClaim' | 'releaseClaim' | 'failClaim'> {
  return {
    completeClaim: (proof, completion) =>
      settle(database, async (tx) => {
        const held = await endOwnRun(tx, proof, {
          outcome: 'completed',
          summary: storableText(completion.summary),
          metadata: toStoredJson(completion.metadata),
          artifacts: toStoredJson(completion.artifacts),
          evidence: toStoredJson(completion.evidence),
        });
        if (!held.ok) return held;
        const { run, task } = held.value;
        const verb = judgeCompletion(toTask(task), completion);
        if (!verb.ok) return verb;
        const moved = await moveTask(tx, task, {
          verb: verb.value,
          actor: laneActor(run.lane),
          more: { ...runFacts(run), summary: run.summary.slice(0, toldChars) },
        });
        if (!moved.ok) return moved;
        const { row, events } = moved.value;
        const promoted = row.status === 'done' ? await promoteChildren(tx, row) : [];
        if (run.lane_failures !== 0) await forgetFailures(tx, run.lane);
        await appendInTransaction(tx, [...events, ...promoted]);
        return done(toTask(row));
      }),
    blockClaim: (proof, block) =>
      settle(database, async (tx) => {
        await prepareBlock(tx, block);
        const held = await endOwnRun(tx, proof, { outcome: 'blocked', reason: storableText(block.reason) });
        if (!held.ok) return held;
        const { run, task } = held.value;
        const blocked = await blockHeldTask(tx, task, block, { actor: laneActor(run.lane), more: runFacts(run) });
        if (!blocked.ok) return blocked;
        await appendInTransaction(tx, blocked.value.events);
        return done(toTask(blocked.value.row));
      }),
    releaseClaim: (proof, reason) =>
      settle(database, async (tx) => {
        const held = await endOwnRun(tx, proof, { outcome: 'released', reason: storableText(reason) });
        return held.ok ? giveBack(tx, held.value, laneActor(held.value.run.lane)) : held;
      }),
    failClaim: (proof, outcome, reason) =>
      settle(database, async (tx) => {
        const held = await endOwnRun(tx, proof, { outcome, reason: storableText(reason) });
        if (!held.ok) return held;
        if (outcome === 'rate-limited') return giveBack(tx, held.value, 'daemon');
        const failed = await moveFailed(tx, held.value, outcome);
        if (!failed.ok) return failed;
        await appendInTransaction(tx, [...failed.value.events, ...(await countFailure(tx, held.value.run.lane))]);
        return done(toTask(failed.value.row));
      }),
  };
}
