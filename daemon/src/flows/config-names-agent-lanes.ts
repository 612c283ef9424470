/** Every agent of the configuration in force is a lane of its own, so that tasks can be assigned to it; an agent that is gone takes nothing more. */
import type { LaneVerbs } from '@guildhall/board';
import type { ConfigInForce } from '../config-in-force.ts';
import { createQueue } from '../one-at-a-time.ts';

/** Tasks an agent works on at once. */
const usualCapacity = 3;

export interface AgentLanes {
  /** Agents whose name a registered lane had before: no task reaches them. */
  taken(): readonly string[];
  stop(): Promise<void>;
}

export async function configNamesAgentLanes(deps: {
  readonly store: Pick<LaneVerbs, 'setAgentLanes'>;
  readonly config: Pick<ConfigInForce, 'current' | 'onChange'>;
  readonly onFault: (error: unknown) => void;
}): Promise<AgentLanes> {
  const inOrder = createQueue();
  let taken: readonly string[] = [];
  const name = () =>
    inOrder('lanes', async () => {
      const agents = [...deps.config.current().agents.keys()].map((agent) => ({ agent, capacity: usualCapacity }));
      taken = await deps.store.setAgentLanes(agents, 'daemon');
    });
  const stopListening = deps.config.onChange(() => void name().catch(deps.onFault));
  await name();
  return {
    taken: () => taken,
    async stop() {
      stopListening();
      await inOrder('lanes', async () => {});
    },
  };
}
