/** Schedules and what they become, with sensible values. */
import { formatSessionKey } from '@guildhall/protocol';
import type { NewRoleRun } from '@guildhall/roles';
import type { NewSchedule, ScheduledMessage } from '@guildhall/schedules';
import { ids } from './databases.ts';
import { provenance } from './session-fixtures.ts';

export const begin = Date.parse('2026-11-21T00:00:00Z');
export const hour = 3_600_000;

export function newSchedule(changes: Partial<NewSchedule> = {}): NewSchedule {
  return {
    name: ids.next('s').toLowerCase(),
    when: { kind: 'every', ms: hour },
    target: { kind: 'agent', agent: 'coder' },
    prompt: 'sweep the floor',
    deliverTo: null,
    catchUp: 'one',
    jitterMs: 0,
    nextAt: begin,
    createdBy: 'operator',
    ...changes,
  };
}

export function scheduled(name: string, changes: Partial<ScheduledMessage<NewRoleRun>> = {}): ScheduledMessage<NewRoleRun> {
  return {
    sessionKey: formatSessionKey({ kind: 'agent-chat', agent: 'coder', platform: 'schedule', chatType: 'thread', chat: name }),
    agent: 'coder',
    turnId: ids.next('turn'),
    text: 'sweep the floor',
    provenance: { ...provenance, hops: [{ via: 'schedule', actor: 'operator', ref: name }] },
    maxQueued: 20,
    run: null,
    ...changes,
  };
}

/** Due at the `n`-th hour, and an hour later again. */
export function due(name: string, n = 0, changes: Partial<ScheduledMessage<NewRoleRun>> = {}) {
  return { dueAt: begin + n * hour, nextAt: begin + (n + 1) * hour, message: scheduled(name, changes), askedBy: null, pauseAfter: 5 };
}
