/**
 * The guard of every chain: whatever begins (a turn, a task, a handoff, a step of a model, a call of a tool) begins only while the handoff within whose work it stands was not called off, and while its
 * chain is not too long. The row of the handoff is held until the transaction ends, so that a beginning is either seen by a cancel or refused because of it.
 */
import { checkChain, innermostHandoff } from '@guildhall/authority';
import { done, refuse, type Provenance, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';

/** The handoff that the link belongs to, for `turns.handoff` and `tasks.handoff`. */
export async function guardChain(tx: WriteTransaction, provenance: Provenance): Promise<Settled<string | null>> {
  const short = checkChain(provenance);
  if (!short.ok) return short;
  const handoff = innermostHandoff(provenance);
  const going = await guardHandoff(tx, handoff);
  return going.ok ? done(handoff) : going;
}

/** As `guardChain`, for what was accepted before and now goes on. No handoff is no concern of it. */
export async function guardHandoff(tx: WriteTransaction, handoff: string | null): Promise<Settled<null>> {
  if (handoff === null) return done(null);
  const row = await tx.db.selectFrom('handoffs').select('called_off_at').where('id', '=', handoff).modifyEnd(tx.seam.shareRows).executeTakeFirst();
  if (row === undefined) return refuse('not-found', `there is no handoff "${handoff.slice(0, 80)}", within whose work this would be`, { handoff });
  return row.called_off_at === null ? done(null) : refuseCalledOff(handoff);
}

function refuseCalledOff(handoff: string): Settled<never> {
  return refuse(
    'wrong-state',
    `the handoff ${handoff} was called off, and nothing begins within its work any more; see what became of it with: guildhall handoffs show ${handoff}`,
    { handoff },
  );
}
