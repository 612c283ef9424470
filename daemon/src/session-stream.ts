/**
 * A session as a live stream of AG-UI events: first what the transcript holds after a given entry, then what comes. Deltas are passed on as they are published; whenever the
 * transcript grew, its new entries are read and told, so that what a client ends up with is the record and not the preview.
 */
import type { Entry, LiveHub, LivePart, TranscriptStore } from '@guildhall/sessions';
import type { Approval, ApprovalStore } from '@guildhall/authority';
import type { JournalEvent, StreamEvent } from '@guildhall/protocol';
import type { StreamedEvent } from './operations.ts';
import { readTogether } from './read-together.ts';

/** Events a slow reader may lag behind before it is cut off; it resumes with the number of the last entry it saw. */
const bufferLimit = 20_000;

export interface StreamSources {
  readonly store: Pick<TranscriptStore, 'readEntries'>;
  readonly approvals: Pick<ApprovalStore, 'listApprovals' | 'readApproval'>;
  readonly live: LiveHub;
  /** Calls back with every event of the session that was committed, also by another node. */
  readonly onSessionEvents: (sessionKey: string, hear: (event: JournalEvent) => void) => () => void;
}

/** The same for many streams: those who are woken together read together. */
export function sharedSources(sources: StreamSources): StreamSources {
  const readEntries = readTogether<EntriesQuery, readonly Entry[]>(JSON.stringify, ([key, page]) => sources.store.readEntries(key, page));
  const listApprovals = readTogether<Parameters<ApprovalStore['listApprovals']>[0], readonly Approval[]>(JSON.stringify, (query) =>
    sources.approvals.listApprovals(query),
  );
  return {
    ...sources,
    store: { readEntries: (...query) => readEntries(query) },
    approvals: { listApprovals, readApproval: (id) => sources.approvals.readApproval(id) },
  };
}

type EntriesQuery = Parameters<TranscriptStore['readEntries']>;

export async function* streamSession(
  sources: StreamSources,
  sessionKey: string,
  afterSeq: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamedEvent> {
  const queue: (LivePart | { readonly type: 'approvals' })[] = [{ type: 'recorded' }, { type: 'approvals' }];
  let wake: (() => void) | undefined;
  let lastSeq = 0;
  const push = (part: (typeof queue)[number]) => {
    if ((part.type === 'recorded' || part.type === 'approvals') && queue.at(-1)?.type === part.type) return;
    queue.push(part);
    wake?.();
  };
  const unwatch = sources.live.watch(sessionKey, push);
  const unfollow = sources.onSessionEvents(sessionKey, (event) => {
    if (event.type.startsWith('approval.')) push({ type: 'approvals' });
    else if (!tellsOfEntriesThrough(event, lastSeq)) push({ type: 'recorded' });
  });
  const onAbort = () => wake?.();
  signal.addEventListener('abort', onAbort, { once: true });
  const open = new Set<string>();
  const toldApprovals = new Map<string, string>();
  lastSeq = afterSeq ?? (await lastEntrySeq(sources.store, sessionKey));
  try {
    while (!signal.aborted && queue.length <= bufferLimit) {
      const part = queue.shift();
      if (part === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
      } else if (part.type === 'recorded') {
        for await (const entry of entriesAfter(sources.store, sessionKey, lastSeq)) {
          lastSeq = entry.seq;
          yield* entryEvents(sessionKey, entry, open);
        }
      } else if (part.type === 'approvals') yield* approvalEvents(sources.approvals, sessionKey, toldApprovals);
      else if (part.type !== 'text' || Number(part.messageId.slice(1)) > lastSeq) yield* liveEvents(part, open);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    unwatch();
    unfollow();
  }
}

/** Is the entry that the event tells of among those told already? The event of an entry comes after the word of it that went from this node. */
function tellsOfEntriesThrough(event: JournalEvent, lastSeq: number): boolean {
  const seq = event.data?.['seq'];
  return typeof seq === 'number' && seq <= lastSeq;
}

async function lastEntrySeq(store: StreamSources['store'], sessionKey: string): Promise<number> {
  const newest = await store.readEntries(sessionKey, { last: true, limit: 1 });
  return newest.at(-1)?.seq ?? 0;
}

async function* entriesAfter(store: StreamSources['store'], sessionKey: string, afterSeq: number): AsyncGenerator<Entry> {
  for (let seq = afterSeq; ;) {
    const page = await store.readEntries(sessionKey, { afterSeq: seq, limit: 200 });
    yield* page;
    if (page.length < 200) return;
    seq = page.at(-1)?.seq ?? seq;
  }
}

function* liveEvents(part: Exclude<LivePart, { type: 'recorded' }>, open: Set<string>): Generator<StreamedEvent> {
  if (part.type === 'discarded') {
    open.delete(part.messageId);
    yield { event: { type: 'CUSTOM', name: 'guildhall.text-discarded', value: { messageId: part.messageId } } };
  } else if (part.type === 'progress')
    yield { event: { type: 'CUSTOM', name: 'guildhall.tool-progress', value: { toolCallId: part.callId, text: part.text } } };
  else {
    if (!open.has(part.messageId)) yield { event: { type: 'TEXT_MESSAGE_START', messageId: part.messageId, role: 'assistant' } };
    open.add(part.messageId);
    yield { event: { type: 'TEXT_MESSAGE_CONTENT', messageId: part.messageId, delta: part.delta } };
  }
}

/** What an entry says in AG-UI's words; the last event carries the entry's number. */
function entryEvents(sessionKey: string, entry: Entry, open: Set<string>): readonly StreamedEvent[] {
  const events = tellEntry(sessionKey, entry, open);
  return events.map((event, index) => (index === events.length - 1 ? { id: entry.seq, event } : { event }));
}

function tellEntry(sessionKey: string, { seq, turnId, body }: Entry, open: Set<string>): readonly StreamEvent[] {
  switch (body.kind) {
    case 'message': {
      const said: StreamEvent = {
        type: 'CUSTOM',
        name: 'guildhall.user-message',
        value: { turnId, text: body.text, from: body.from, ...(body.handoff === undefined ? {} : { handoff: { ...body.handoff } }) },
      };
      return body.steered ? [said] : [{ type: 'RUN_STARTED', threadId: sessionKey, runId: turnId }, said];
    }
    case 'model-step':
      return [
        ...textEvents(seq, body.text, open),
        usageEvent(turnId, body.usage),
        ...body.toolCalls.flatMap((call) => callEvents(call.callId, call.tool, JSON.stringify(call.args))),
      ];
    case 'answer':
      return [
        ...textEvents(seq, body.text, open),
        ...(body.usage === null ? [] : [usageEvent(turnId, body.usage)]),
        { type: 'RUN_FINISHED', threadId: sessionKey, runId: turnId },
      ];
    case 'tool-started':
      return [{ type: 'TOOL_CALL_END', toolCallId: body.callId }];
    case 'tool-result': {
      const refused: readonly StreamEvent[] =
        body.outcome === 'refused'
          ? [{ type: 'CUSTOM', name: 'guildhall.tool-refused', value: { toolCallId: body.callId, rule: body.decision?.rule ?? body.text } }]
          : [];
      return [...refused, { type: 'TOOL_CALL_RESULT', messageId: `e${seq}`, toolCallId: body.callId, content: body.text, role: 'tool' }];
    }
    case 'compaction':
      return [{ type: 'CUSTOM', name: 'guildhall.compacted', value: { throughSeq: body.throughSeq } }];
    case 'note':
      if (body.code === 'turn-failed') return [{ type: 'RUN_ERROR', message: body.text, code: 'turn-failed', runId: turnId }];
      if (body.code === 'turn-cancelled') return [{ type: 'RUN_ERROR', message: body.text, code: 'turn-cancelled', runId: turnId }];
      return [{ type: 'CUSTOM', name: 'guildhall.note', value: { code: body.code, text: body.text } }];
    default:
      return body satisfies never;
  }
}

function textEvents(seq: number, text: string, open: Set<string>): readonly StreamEvent[] {
  const messageId = `e${seq}`;
  if (open.delete(messageId)) return [{ type: 'TEXT_MESSAGE_END', messageId }];
  if (text === '') return [];
  return [
    { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' },
    { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: text },
    { type: 'TEXT_MESSAGE_END', messageId },
  ];
}

function callEvents(toolCallId: string, toolCallName: string, args: string): readonly StreamEvent[] {
  return [
    { type: 'TOOL_CALL_START', toolCallId, toolCallName },
    { type: 'TOOL_CALL_ARGS', toolCallId, delta: args },
  ];
}

function usageEvent(
  turnId: string,
  usage: {
    readonly model: string;
    readonly rehearsal: boolean;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costMicroUsd: number | null;
  },
): StreamEvent {
  const { model, rehearsal, inputTokens, outputTokens, costMicroUsd } = usage;
  return { type: 'CUSTOM', name: 'guildhall.usage', value: { turnId, model, rehearsal, inputTokens, outputTokens, costMicroUsd } };
}

async function* approvalEvents(approvals: StreamSources['approvals'], sessionKey: string, told: Map<string, string>): AsyncGenerator<StreamedEvent> {
  const pending = (await approvals.listApprovals({ status: 'pending', limit: 200 })).filter((approval) => approval.sessionKey === sessionKey);
  for (const approval of pending) {
    if (told.has(approval.id)) continue;
    told.set(approval.id, 'pending');
    yield {
      event: {
        type: 'CUSTOM',
        name: 'guildhall.approval-asked',
        value: { approvalId: approval.id, tool: approval.action.tool, reason: approval.reason, expiresAt: approval.expiresAt },
      },
    };
  }
  for (const [id, status] of told) {
    if (status !== 'pending' || pending.some((approval) => approval.id === id)) continue;
    const now = await approvals.readApproval(id);
    told.set(id, now?.status ?? 'expired');
    yield { event: { type: 'CUSTOM', name: 'guildhall.approval-answered', value: { approvalId: id, status: now?.status ?? 'expired' } } };
  }
}
