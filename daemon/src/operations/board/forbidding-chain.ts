/** Tasks of a chain that may not take some actions: only those for whom that holds may get them. */
import { operatorLane, type BoardStore } from '@guildhall/board';
import { done, refuse, type Provenance, type Settled } from '@guildhall/protocol';

/**
 * The calls of an agent are judged by its chain, and a person decides for themselves. The program of a lane does what it likes; so does whoever registers a lane under a name that is nobody's yet.
 */
export async function guardAssignee(
  store: Pick<BoardStore, 'findLanes'>,
  { forbidden }: Provenance,
  assignee: string | null | undefined,
): Promise<Settled<null>> {
  if (forbidden.length === 0 || assignee === undefined || assignee === null || assignee === operatorLane) return done(null);
  const runner = (await store.findLanes([assignee])).get(assignee)?.runner;
  if (runner?.kind === 'agent') return done(null);
  return refuse(
    'not-allowed',
    `this chain may not do ${forbidden.join(', ')}, and nothing holds the lane ${assignee.slice(0, 64)} to that: it is no agent. Assign the task to an agent or to "${operatorLane}"`,
    { assignee, forbidden: [...forbidden] },
  );
}
