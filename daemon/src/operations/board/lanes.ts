/** Lanes: registered with a token that is shown once, and what they are told to do. */
import type { NewCredential } from '@guildhall/authority';
import type { Lane, LaneRunner } from '@guildhall/board';
import { sha256 } from '@guildhall/kernel';
import { done, refuse, type LaneRequest, type LaneView, type Settled } from '@guildhall/protocol';
import type { BoardCaller, BoardOperations } from '../../board-operations.ts';
import type { BoardDeps } from './board-deps.ts';
import { readLaneEvents } from './lane-events.ts';
import { viewLane } from './views.ts';
import { mayAsk, whoIs } from './who-may.ts';

type LaneOperations = Pick<
  BoardOperations,
  'listLanes' | 'readLane' | 'registerLane' | 'unregisterLane' | 'rotateLaneToken' | 'drainLane' | 'resumeLane' | 'parkLane' | 'readLaneEvents'
>;

export function laneOperations(deps: BoardDeps): LaneOperations {
  const { store, credentials, clock } = deps;
  const change = async (lane: string, by: BoardCaller, verb: 'change-lane' | 'park-lane', work: (actor: string) => Promise<Settled<Lane>>) => {
    const who = whoIs(by, credentials);
    const allowed = mayAsk(who, verb, lane);
    if (!allowed.ok) return allowed;
    const changed = await work(who.actor);
    return changed.ok ? showLane(deps, lane) : changed;
  };
  return {
    listLanes: async () => (await store.listLanes()).map((lane) => viewLane(deps, lane)),

    async readLane(lane, by) {
      const allowed = mayAsk(whoIs(by, credentials), 'read-lane', lane);
      return allowed.ok ? showLane(deps, lane) : allowed;
    },

    async registerLane(request, by) {
      const { name, kind, claimMode, capacity, labels, description, leaseMs } = request;
      const runner = runnerOf(request);
      if (!runner.ok) return runner;
      const { credential, secret } = laneCredential(deps, name);
      const lane = { name, kind, claimMode, capacity, labels, description, leaseMs, runner: runner.value, credential };
      const registered = await change(name, by, 'change-lane', (actor) => store.registerLane(lane, actor));
      return registered.ok ? done({ lane: registered.value, token: secret }) : registered;
    },

    async unregisterLane(lane, by) {
      const credentialId = (await store.readLane(lane))?.lane.credentialId ?? null;
      const gone = await change(lane, by, 'change-lane', (actor) => store.unregisterLane(lane, actor));
      if (gone.ok && credentialId !== null) deps.revoked(credentialId);
      return gone;
    },

    async rotateLaneToken(lane, by) {
      const old = (await store.readLane(lane))?.lane.credentialId ?? null;
      const { credential, secret } = laneCredential(deps, lane);
      const rotated = await change(lane, by, 'change-lane', (actor) => store.rotateLane(lane, credential, actor));
      if (!rotated.ok) return rotated;
      if (old !== null) deps.revoked(old);
      return done({ lane: rotated.value, token: secret });
    },

    drainLane: (lane, by) => change(lane, by, 'change-lane', (actor) => store.drainLane(lane, actor)),
    resumeLane: (lane, by) => change(lane, by, 'change-lane', (actor) => store.resumeLane(lane, actor)),
    parkLane: (lane, { reason, forMs }, by) =>
      change(lane, by, 'park-lane', (actor) => store.parkLane(lane, reason, forMs === undefined ? null : clock.now() + forMs, actor)),

    readLaneEvents: (lane, after, limit, by) => readLaneEvents(deps, lane, after, limit, whoIs(by, credentials)),
  };
}

async function showLane(deps: BoardDeps, name: string): Promise<Settled<LaneView>> {
  const found = await deps.store.readLane(name);
  return found === undefined ? refuse('not-found', `there is no lane "${name.slice(0, 80)}"; see: guildhall kanban lanes list`) : done(viewLane(deps, found));
}

/** What starts a worker for each task of a spawnable lane; a persistent lane is never started. */
function runnerOf({ name, kind, command }: LaneRequest): Settled<LaneRunner | null> {
  if (kind === 'spawnable')
    return command === undefined
      ? refuse('invalid-input', `the spawnable lane ${name} needs "command": the program and its arguments that work on one task`)
      : done({ kind: 'command', argv: command });
  return command === undefined
    ? done(null)
    : refuse('invalid-input', `the persistent lane ${name} asks for work itself and is never started; leave out "command"`);
}

function laneCredential({ ids }: BoardDeps, lane: string): { readonly credential: NewCredential; readonly secret: string } {
  const secret = ids.secret('l');
  return { secret, credential: { id: ids.next('cred'), secretHash: sha256(secret), scopes: [`lane:${lane}`], label: `lane ${lane}` } };
}
