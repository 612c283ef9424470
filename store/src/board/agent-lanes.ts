/** The lanes of agents follow the configuration: one for each agent that works on tasks, and none besides. */
import type { NewLane } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { LaneRow } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';
import { insertLane, unregister } from './lane-registry.ts';
import { laneEvent } from './row-events.ts';

/** How long the turn of an agent may be silent before its claim lapses; its daemon renews it while it lives. */
const agentLeaseMs = 90_000;

interface AgentLane {
  readonly agent: string;
  readonly capacity: number;
}

/** Answers the agents whose name a lane of another kind has. */
export async function setAgentLanes(tx: WriteTransaction, agents: readonly AgentLane[], actor: string): Promise<readonly string[]> {
  const registered = await tx.db.selectFrom('lanes').selectAll().where('state', '<>', 'unregistered').orderBy('name').modifyEnd(tx.seam.holdRows).execute();
  const byName = new Map(registered.map((row) => [row.name, row]));
  const wanted = new Set(agents.map(({ agent }) => agent));
  const events: NewEvent[] = [];
  for (const row of registered) if (agentOf(row) !== undefined && !wanted.has(row.name)) events.push(...(await unregister(tx, row, actor)).events);
  for (const agent of agents) events.push(...(await setLane(tx, byName.get(agent.agent), agent, actor)));
  await appendInTransaction(tx, events);
  return agents.flatMap(({ agent }) => {
    const row = byName.get(agent);
    return row !== undefined && agentOf(row) !== agent ? [agent] : [];
  });
}

/** Undefined for a lane that is not an agent's. */
function agentOf({ runner }: LaneRow): string | undefined {
  const parsed = runner === null ? null : fromStoredJson(runner);
  return parsed?.kind === 'agent' ? parsed.agent : undefined;
}

async function setLane(tx: WriteTransaction, present: LaneRow | undefined, { agent, capacity }: AgentLane, actor: string): Promise<readonly NewEvent[]> {
  if (present === undefined) {
    const row = await insertLane(tx, newLane(agent, capacity));
    return row === undefined ? [] : [laneEvent('lane.registered', row, actor, { kind: row.kind, agent, capacity })];
  }
  if (agentOf(present) !== agent || present.capacity === capacity) return [];
  await tx.db.updateTable('lanes').set({ capacity }).where('name', '=', agent).execute();
  return [laneEvent('lane.changed', present, actor, { agent, capacity })];
}

function newLane(agent: string, capacity: number): NewLane {
  return {
    name: agent,
    kind: 'spawnable',
    claimMode: 'pull-or-watch',
    capacity,
    labels: ['agent'],
    description: `The agent ${agent}`,
    leaseMs: agentLeaseMs,
    runner: { kind: 'agent', agent },
    credential: null,
  };
}
