/** Lanes: registered, drained, parked, resumed and taken away, each with the credential it logs in with. */
import type { NewCredential } from '@guildhall/authority';
import { operatorLane, type Lane, type LaneVerbs, type NewLane } from '@guildhall/board';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { createInTransaction, revokeInTransaction } from '../credentials.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { LaneRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import { setAgentLanes } from './agent-lanes.ts';
import { insertLane, unregister } from './lane-registry.ts';
import { laneEvent, type More } from './row-events.ts';
import { toLane } from './rows.ts';

export function laneVerbs(database: Database): LaneVerbs {
  return {
    registerLane: (lane, actor) => settle(database, (tx) => register(tx, lane, actor)),
    setAgentLanes: (agents, actor) => database.transaction((tx) => setAgentLanes(tx, agents, actor)),
    unregisterLane: (name, actor) =>
      settle(database, async (tx) => {
        if (name === operatorLane) return refuse('not-allowed', `the lane "${name}" belongs to the installation and stays; drain it instead`, { lane: name });
        const held = await holdRegistered(tx, name);
        if (!held.ok) return held;
        const { lane, events } = await unregister(tx, held.value, actor);
        await appendInTransaction(tx, events);
        return done(toLane(lane));
      }),
    drainLane: (name, actor) => change(database, name, { actor, type: 'lane.drained', changes: { state: 'drained' } }),
    resumeLane: (name, actor) =>
      change(database, name, { actor, type: 'lane.resumed', changes: { state: 'active', parked_reason: null, parked_until: null, failure_streak: 0 } }),
    parkLane: (name, reason, until, actor) =>
      change(database, name, {
        actor,
        type: 'lane.parked',
        changes: { parked_reason: storableText(reason), parked_until: until },
        more: { reason, until },
      }),
    rotateLane: (name, credential, actor) => settle(database, (tx) => rotate(tx, name, credential, actor)),
    async touchLanes(names) {
      if (names.length === 0) return;
      await database.transaction(({ db, at }) => db.updateTable('lanes').set({ last_seen_at: at }).where('name', 'in', names.toSorted()).execute());
    },
  };
}

async function register(tx: WriteTransaction, lane: NewLane, actor: string): Promise<Settled<Lane>> {
  const row = await insertLane(tx, lane);
  if (row === undefined)
    return refuse(
      'already-exists',
      `a lane "${lane.name}" is registered already; choose another name. A new token for it: guildhall kanban lanes rotate-token ${lane.name}`,
      { lane: lane.name },
    );
  const created = lane.credential === null ? [] : [await createInTransaction(tx, lane.credential, actor)];
  const data = { kind: row.kind, claimMode: row.claim_mode, capacity: row.capacity };
  await appendInTransaction(tx, [...created.map(({ event }) => event), laneEvent('lane.registered', row, actor, data)]);
  return done(toLane(row));
}

async function rotate(tx: WriteTransaction, name: string, credential: NewCredential, actor: string): Promise<Settled<Lane>> {
  const held = await holdRegistered(tx, name);
  if (!held.ok) return held;
  const old = held.value.credential_id;
  if (old === null) return refuse('wrong-state', `nobody logs in to the lane "${name}", so it has no token to change`, { lane: name });
  const revoked = await revokeInTransaction(tx, old, actor);
  const created = await createInTransaction(tx, credential, actor);
  const row = await tx.db.updateTable('lanes').set({ credential_id: credential.id }).where('name', '=', name).returningAll().executeTakeFirstOrThrow();
  await appendInTransaction(tx, [...(revoked === undefined ? [] : [revoked.event]), created.event, laneEvent('lane.token-rotated', row, actor)]);
  return done(toLane(row));
}

interface LaneChange {
  readonly actor: string;
  readonly type: 'lane.drained' | 'lane.resumed' | 'lane.parked';
  readonly changes: Partial<LaneRow>;
  readonly more?: More;
}

/** Changes a registered lane; what is so already is no event. */
function change(database: Database, name: string, { actor, type, changes, more }: LaneChange): Promise<Settled<Lane>> {
  return settle(database, async (tx) => {
    const held = await holdRegistered(tx, name);
    if (!held.ok) return held;
    const after = { ...held.value, ...changes };
    if (Object.entries(changes).every(([column, value]) => Object.is(value, Reflect.get(held.value, column)))) return done(toLane(after));
    await tx.db.updateTable('lanes').set(changes).where('name', '=', name).execute();
    await appendInTransaction(tx, [laneEvent(type, after, actor, more)]);
    return done(toLane(after));
  });
}

/** The lane's row, held until the transaction ends. */
async function holdRegistered({ db, seam }: WriteTransaction, name: string): Promise<Settled<LaneRow>> {
  const row = await db.selectFrom('lanes').selectAll().where('name', '=', name).modifyEnd(seam.holdRows).executeTakeFirst();
  if (row === undefined) return refuse('not-found', `there is no lane "${name.slice(0, 80)}"; list them with: guildhall kanban lanes list`, { lane: name });
  if (row.state === 'unregistered') return refuse('wrong-state', `the lane "${name}" is unregistered; register it again`, { lane: name, state: row.state });
  return done(row);
}
