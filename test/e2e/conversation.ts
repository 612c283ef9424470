/** What a program that talks to a daemon does: send a message, wait for its turn, read the transcript and the journal. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { acceptedAnswer, approvalView, entryView, eventView, turnView } from '@guildhall/protocol';
import type { AcceptedAnswer, ApprovalView, EntryView, EventView, TurnView } from '@guildhall/protocol';
import { z } from 'zod';
import type { DaemonProcess } from '../harness/daemon-process.ts';

/** A rehearsal that calls tools by what a message says, one rule for each turn a test needs. */
export function rehearsalOf(rules: readonly object[]): string {
  return JSON.stringify({ rules });
}

/** Has `agent` asked in its conversation `chat`; the id of the turn is known at once. */
export async function send(daemon: DaemonProcess, agent: string, text: string, chat = 'desk'): Promise<AcceptedAnswer> {
  const answer = await daemon.request('POST', '/v1/messages', { platform: 'terminal', chat, chatType: 'group', messageId: randomUUID(), text, agent });
  if (answer?.status !== 202) throw new Error(`the message was not accepted: ${JSON.stringify(answer)}\n${daemon.output()}`);
  return acceptedAnswer.parse(answer.body);
}

/** The turn once it has ended; within a minute. */
export async function ending(daemon: DaemonProcess, turnId: string): Promise<TurnView> {
  for (let asked = 0; asked < 12; asked += 1) {
    const answer = await daemon.request('GET', `/v1/turns/${turnId}?waitMs=5000`);
    const turn = turnView.parse(answer?.body);
    if (turn.status !== 'queued' && turn.status !== 'running') return turn;
  }
  throw new Error(`the turn ${turnId} had not ended after a minute:\n${daemon.output()}`);
}

export async function ask(daemon: DaemonProcess, agent: string, text: string, chat?: string): Promise<TurnView> {
  return ending(daemon, (await send(daemon, agent, text, chat)).turnId);
}

export async function entriesOf(daemon: DaemonProcess, sessionKey: string): Promise<readonly EntryView[]> {
  const answer = await daemon.request('GET', `/v1/sessions/${encodeURIComponent(sessionKey)}/entries?limit=500`);
  return z.array(entryView).parse(answer?.body);
}

/** What each tool call of a turn came to, in order. */
export async function resultsOf(daemon: DaemonProcess, turn: TurnView): Promise<readonly EntryView[]> {
  return (await entriesOf(daemon, turn.sessionKey)).filter((entry) => entry.turnId === turn.id && entry.kind === 'tool-result');
}

const page = z.object({ events: z.array(eventView), cursor: z.string() });

/** The journal, of one stream or whole. */
export async function eventsOf(daemon: DaemonProcess, stream?: string): Promise<readonly EventView[]> {
  const events: EventView[] = [];
  for (let after = ''; ;) {
    const query = new URLSearchParams({ ...(stream === undefined ? {} : { stream }), after, limit: '500' });
    const read = page.parse((await daemon.request('GET', `/v1/events?${query.toString()}`))?.body);
    events.push(...read.events);
    if (read.events.length === 0) return events;
    after = read.cursor;
  }
}

/** The approval that a turn waits for now. */
export async function findApproval(daemon: DaemonProcess, turnId: string): Promise<ApprovalView | undefined> {
  const answer = await daemon.request('GET', '/v1/approvals?status=pending');
  const pending = z.array(approvalView).parse(answer?.body);
  return pending.find((approval) => approval.turnId === turnId);
}

/** The approval that a turn is going to wait for, once it is asked. */
export async function pendingApproval(daemon: DaemonProcess, turnId: string): Promise<ApprovalView> {
  return until(`an approval asked by ${turnId}`, () => findApproval(daemon, turnId));
}

/** Looks until `look` finds something; within 20 seconds. */
export async function until<Found>(what: string, look: () => Promise<Found | undefined> | Found | undefined): Promise<Found> {
  for (let looked = 0; looked < 400; looked += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(50);
  }
  throw new Error(`after 20 seconds there was still no sign of ${what}`);
}
