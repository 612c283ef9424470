/** What the doctor says of handoffs. */
import { span } from '@guildhall/board';
import type { FindingView } from '@guildhall/protocol';
import { bad, warn } from '../finding-words.ts';
import { missedMs, type WorkHealthDeps } from './situation.ts';
import { nameOf } from './why-handoff.ts';

const mostRead = 500;

export async function examineHandoffs(deps: WorkHealthDeps): Promise<readonly FindingView[]> {
  const found = await Promise.all([examineWaiting(deps), examineRunning(deps), examineBreakers(deps)]);
  return [...found.flat(), ...examineChats(deps)];
}

async function examineWaiting({ handoffs, clock }: WorkHealthDeps): Promise<readonly FindingView[]> {
  const { store } = handoffs;
  const [awaiting, paused] = await Promise.all([
    store.listHandoffs({ status: 'awaiting-approval', limit: mostRead }),
    store.listHandoffs({ status: 'paused', limit: mostRead }),
  ]);
  return [
    ...paused.map((handoff) => warn('handoffs', `${nameOf(handoff)} is paused: ${handoff.reason}`, `guildhall handoffs resume ${handoff.id}`)),
    ...awaiting.map((handoff) => {
      const message = `${nameOf(handoff)} has waited ${span(clock.now() - handoff.requestedAt)} for your yes or no`;
      return warn('handoffs', message, `guildhall approvals show ${handoff.approvalId ?? ''}`);
    }),
  ];
}

/** Those that a step of the daemon should have ended by now. */
async function examineRunning({ handoffs, readTurn, clock }: WorkHealthDeps): Promise<readonly FindingView[]> {
  const found: FindingView[] = [];
  for (const { handoff } of await handoffs.store.endedHandoffs(mostRead)) {
    const turn = handoff.turnId === null ? undefined : await readTurn(handoff.turnId);
    const since = clock.now() - (turn?.endedAt ?? clock.now());
    if (since > missedMs)
      found.push(
        bad('handoffs', `the turn of ${nameOf(handoff)} ended ${span(since)} ago, and nobody has judged what came of it`, `guildhall why ${handoff.id}`),
      );
  }
  return found;
}

async function examineBreakers({ handoffs }: WorkHealthDeps): Promise<readonly FindingView[]> {
  const edges = await handoffs.store.listEdges(handoffs.triggers().breaker);
  return edges
    .filter(({ breaker }) => breaker !== 'closed')
    .map(({ source, target, failures, breaker }) => {
      const state = breaker === 'open' ? 'takes no handoffs for a while' : 'is tried once more with the next handoff';
      return warn('handoffs', `${source} → ${target} failed ${failures} times in a row and ${state}`, 'guildhall handoffs edges');
    });
}

/** Where no chat is bound, the notices of handoffs stand in the transcript alone. */
function examineChats({ handoffs, hasAgent }: WorkHealthDeps): readonly FindingView[] {
  const { enabled, sources } = handoffs.triggers();
  if (!enabled) return [];
  const targets = new Set([...sources.values()].flatMap(({ allowedTargets }) => allowedTargets));
  const unbound = [...targets].filter((target) => hasAgent(target) && !handoffs.hasChat(target));
  if (unbound.length === 0) return [];
  const message = `no chat is bound to ${unbound.join(', ')}: what is handed to them is announced only in their sessions, in the terminal and on the page`;
  return [warn('handoffs', message, 'guildhall agents list')];
}
