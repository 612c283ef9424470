/** Handoffs on an edge of their own, and what happens to them. */
import type { EdgeRules, Handoff, HandoffQuestion, NewHandoff, SourceRules, TargetRules } from '@guildhall/handoffs';
import type { Store } from '../src/index.ts';
import { ids, value } from './databases.ts';
import { announced, newRequest, runTurn, type Asked } from './handoff-chain-fixtures.ts';
import { reply } from './session-fixtures.ts';

export interface Wanted extends Asked {
  readonly task?: string;
  readonly dedupKey?: string;
  readonly forbidden?: readonly string[];
  /** Changes of the rules. */
  readonly rules?: Partial<Omit<EdgeRules, 'source' | 'target'>>;
  readonly sourceRules?: Partial<SourceRules>;
  readonly targetRules?: Partial<TargetRules>;
}

export type Request = ReturnType<typeof newRequest>;

/** A source and a target nobody else has. */
export function newEdge(): { readonly source: string; readonly target: string } {
  return { source: ids.next('source'), target: ids.next('target') };
}

/** Every guardrail lets it through but for what `wanted` says. */
export function wantedRequest(wanted: Wanted): Request {
  const { handoff, question } = newRequest(wanted);
  const { task = handoff.task, dedupKey = null, forbidden = [] } = wanted;
  const rules = { ...question.rules, ...wanted.rules };
  const source = rules.source === undefined ? undefined : { ...rules.source, ...wanted.sourceRules };
  const ruled = { ...rules, source, target: { ...rules.target, ...wanted.targetRules } };
  return { handoff: { ...handoff, task, dedupKey, forbidden }, question: { ...question, task, forbidden, rules: ruled } };
}

export function request(store: Store, wanted: Wanted = {}) {
  const { handoff, question } = wantedRequest(wanted);
  return store.handoffs.requestHandoff(handoff, question);
}

export async function made(store: Store, wanted: Wanted = {}): Promise<Handoff> {
  return value(await request(store, wanted)).handoff;
}

/** The question about a handoff that is there, under rules as they were or as `wanted` has them. */
export function questionAbout(handoff: Handoff, moment: 'edited' | 'starting', wanted: Wanted = {}): HandoffQuestion {
  const { question } = wantedRequest({ source: handoff.source.name, target: handoff.target.name, mustAsk: handoff.mustAsk, ...wanted });
  const { task, risk, source, target, forbidden } = handoff;
  return { ...question, moment, task, risk, source, target, forbidden };
}

function newApproval(): NewHandoff['approval'] {
  return { id: ids.next('appr'), expiresInMs: 600_000 };
}

export function newNotice(): NewHandoff['notice'] {
  return { turnId: ids.next('turn'), text: 'something is handed over' };
}

/** Behind its notice. */
export async function start(store: Store, handoff: Handoff, wanted: Wanted = {}) {
  await announced(store, handoff);
  return startUnsaid(store, handoff, wanted);
}

export function startUnsaid(store: Store, handoff: Handoff, wanted: Wanted = {}) {
  const { task: text, provenance } = handoff;
  const work = { turnId: ids.next('turn'), text, maxQueued: 1_000, provenance, approval: newApproval() };
  return store.handoffs.startHandoff(handoff.id, work, questionAbout(handoff, 'starting', wanted));
}

export function edit(store: Store, handoff: Handoff, change: { readonly task?: string; readonly forbidden?: readonly string[] }, wanted: Wanted = {}) {
  const { task = handoff.task, forbidden = handoff.forbidden } = change;
  const { risk, provenance } = handoff;
  const question = { ...questionAbout(handoff, 'edited', wanted), task, forbidden };
  return store.handoffs.editHandoff(handoff.id, { task, risk, forbidden, provenance, approval: newApproval(), notice: newNotice() }, question, 'operator');
}

export function settleApproval(store: Store, { id }: Handoff) {
  return store.handoffs.settleApproval(id, newNotice());
}

/** A person says yes, and the handoff is queued. */
export async function approved(store: Store, handoff: Handoff): Promise<Handoff> {
  value(await store.approvals.answerApproval(handoff.approvalId ?? '', 'approve', 'operator'));
  return value(await settleApproval(store, handoff));
}

/** The turn that works on it has answered. */
export async function worked(store: Store, handoff: Handoff): Promise<void> {
  const held = await runTurn(store, handoff.target.sessionKey, handoff.turnId ?? '');
  value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'it is done', usage: null }, null));
}

export const succeeded = { as: 'finished', outcome: 'succeeded', result: 'it is done', reason: '' } as const;
export const failed = { as: 'finished', outcome: 'failed', result: null, reason: 'it did not work' } as const;
export const breaker = { failures: 5, restMs: 600_000 };

/** Requested, started, worked on, and ended. */
export async function ended(store: Store, wanted: Wanted, end: typeof succeeded | typeof failed = succeeded): Promise<Handoff> {
  const running = value(await start(store, await made(store, wanted), wanted));
  await worked(store, running);
  return value(await store.handoffs.settleHandoff(running.id, end, breaker));
}

/** Its notice is said, and sent where a chat is bound; answers the id of what is sent. */
export async function sayNotice(store: Store, handoff: Handoff): Promise<string> {
  const held = await runTurn(store, handoff.target.sessionKey, handoff.noticeTurn ?? '');
  const outbound = reply('a handoff');
  value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'a handoff', usage: null }, outbound));
  return outbound.id;
}

/** The events of a handoff, oldest first. */
export async function eventsOf(store: Store, { id }: Pick<Handoff, 'id'>) {
  const page = value(await store.journal.readEvents({ after: '', stream: `handoff:${id}`, limit: 1_000 }));
  return page.events.map(({ type, actor, data }) => ({ type, actor, data }));
}

export async function typesOf(store: Store, handoff: Pick<Handoff, 'id'>): Promise<readonly string[]> {
  return (await eventsOf(store, handoff)).map(({ type }) => type);
}
