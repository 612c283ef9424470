/** Handoffs that every guardrail lets through, and what is done within their work. */
import { deriveProvenance, innermostHandoff, rootProvenance } from '@guildhall/authority';
import type { EdgeRules, Handoff, HandoffQuestion, NewHandoff, SourceRules } from '@guildhall/handoffs';
import type { Provenance } from '@guildhall/protocol';
import type { HeldTurn } from '@guildhall/sessions';
import type { Store } from '../src/index.ts';
import { newName } from './claim-fixtures.ts';
import { ids, value } from './databases.ts';

const openRules = {
  enabled: true,
  source: {
    maxDepth: 12,
    maxConcurrentTargets: 1_000,
    defaultRisk: 'low',
    requireHumanConfirmationFor: [],
    forbidden: [],
    maxPerHour: 10_000,
  },
  target: { allowedSources: '*', maxConcurrent: 1_000, maxWaiting: 1_000, risk: 'low' },
  riskClasses: new Map(),
  actions: new Map(),
  duplicateWindowMs: 0,
  breaker: { failures: 5, restMs: 600_000 },
} as const satisfies Omit<EdgeRules, 'source'> & { readonly source: Omit<SourceRules, 'allowedTargets'> };

export interface Asked {
  readonly source?: string;
  readonly target?: string;
  /** The turn whose work asks for it; a person otherwise. */
  readonly within?: { readonly turnId: string; readonly provenance: Provenance; readonly call?: string };
  readonly mustAsk?: boolean;
  readonly awaited?: boolean;
  readonly needed?: number | null;
  readonly reservation?: NewHandoff['reservation'];
}

export function newRequest(asked: Asked = {}): { readonly handoff: NewHandoff; readonly question: HandoffQuestion } {
  const { source = 'director', target = newName('worker'), within, mustAsk = false, awaited = true, needed = null, reservation = null } = asked;
  const rules = { ...openRules, source: { ...openRules.source, allowedTargets: [target] } };
  const id = ids.next('handoff');
  const chain = within?.provenance ?? null;
  const from = { name: source, agent: source, sessionKey: `agent:${source}:main` };
  const to = { name: target, agent: target, sessionKey: `agent:${target}:main` };
  const fresh = rootProvenance({ id: ids.next('root'), origin: 'operator', trust: 'operator', agent: source, via: 'message', ref: id });
  const provenance = deriveProvenance(chain ?? fresh, { hop: { via: 'handoff', actor: source, ref: id }, agent: target, trust: 'peer' });
  const task = `Look after ${id}`;
  const handoff: NewHandoff = {
    id,
    source: from,
    sourceTurn: within?.turnId ?? null,
    sourceCall: within === undefined ? null : (within.call ?? ids.next('call')),
    requestedBy: source,
    target: to,
    targetChat: 'session',
    task,
    dedupKey: null,
    risk: 'low',
    forbidden: [],
    mustAsk,
    parent: chain === null ? null : innermostHandoff(chain),
    provenance,
    allowance: [],
    awaited,
    needed,
    notice: { turnId: ids.next('turn'), text: `${source} hands over: ${task}` },
    approval: { id: ids.next('appr'), expiresInMs: 600_000 },
    reservation,
    maxQueued: 1_000,
  };
  const question: HandoffQuestion = {
    moment: 'requested',
    source: from,
    target: to,
    task,
    risk: 'low',
    forbidden: [],
    mustAsk,
    chain,
    targetClosed: null,
    hidden: null,
    rules,
    reservation,
  };
  return { handoff, question };
}

export async function requested(store: Store, asked: Asked = {}): Promise<Handoff> {
  const { handoff, question } = newRequest(asked);
  return value(await store.handoffs.requestHandoff(handoff, question)).handoff;
}

/** Its notice is said, where that waits; what stands before it in its session is answered. */
export async function announced(store: Store, { id, target }: Handoff): Promise<void> {
  const notice = await store.sessions.readTurn((await store.handoffs.readHandoff(id))?.noticeTurn ?? '');
  if (notice?.status === 'queued') await finish(store, await runTurn(store, target.sessionKey, notice.id));
}

async function finish(store: Store, held: HeldTurn): Promise<void> {
  value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'said', usage: null }, null));
}

export function startOf(store: Store, handoff: Handoff, asked: Asked = {}) {
  const { question } = newRequest({ source: handoff.source.name, target: handoff.target.name, ...asked });
  const { task, risk, source, target, provenance } = handoff;
  const work = { turnId: ids.next('turn'), text: task, maxQueued: 1_000, provenance, approval: { id: ids.next('appr'), expiresInMs: 600_000 } };
  return store.handoffs.startHandoff(handoff.id, work, { ...question, moment: 'starting', task, risk, source, target });
}

/** Its notice is said, and its work turn accepted. */
export async function started(store: Store, asked: Asked = {}): Promise<Handoff> {
  const handoff = await requested(store, asked);
  await announced(store, handoff);
  return value(await startOf(store, handoff, asked));
}

/** Drives the turns of a session until this one runs. */
export async function runTurn(store: Store, sessionKey: string, turnId: string): Promise<HeldTurn> {
  for (;;) {
    const held = value(await store.sessions.beginTurn(sessionKey, 'node:test', 600_000));
    if (held.turn.id === turnId) return held;
    await finish(store, held);
  }
}

/** A handoff whose work is under way, in a session of its own target. */
export async function underWay(store: Store, asked: Asked = {}): Promise<{ readonly handoff: Handoff; readonly held: HeldTurn }> {
  const handoff = await started(store, asked);
  return { handoff, held: await runTurn(store, handoff.target.sessionKey, handoff.turnId ?? '') };
}

export function withinTurn({ id, provenance }: HeldTurn['turn']): NonNullable<Asked['within']> {
  return { turnId: id, provenance };
}
