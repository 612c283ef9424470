/** Operations as a plain object in memory: just enough of a daemon to stand behind the door, with handles to make it wait, fail or speak. */
import {
  done,
  formatSessionKey,
  refuse,
  type AgentView,
  type ApprovalView,
  type EntryView,
  type JournalEvent,
  type SessionView,
  type StandingApprovalView,
  type StreamEvent,
  type TurnView,
  type UsageView,
} from '@guildhall/protocol';
import type { Credential, Scope } from '@guildhall/authority';
import { systemIds } from '@guildhall/kernel';
import type { Operations, StreamedEvent } from '../src/operations.ts';
import { createFakeBoard } from './http-fake-board.ts';
import { createFakeHandoffs } from './http-fake-handoffs.ts';
import { createFakeRoles } from './http-fake-roles.ts';
import { createFakeSchedules } from './http-fake-schedules.ts';
import { createFakeSkills } from './http-fake-skills.ts';

const ids = systemIds(() => Date.now());

/** What the next turns do. */
interface Behaviour {
  /** Said before a tool call. */
  interim?: string;
  /** The answer, in the pieces it is streamed in. */
  deltas: readonly string[];
  /** The turn waits for this before it speaks. */
  hold?: Promise<void>;
  fails?: string;
  /** Streams nothing: the answer is only in the record. */
  silent?: boolean;
}

interface FakeSession {
  readonly key: string;
  readonly agent: string;
  readonly chat: string;
  readonly entries: EntryView[];
  readonly turns: string[];
  readonly listeners: Set<(event: StreamedEvent) => void>;
}

const usage: UsageView = { inputTokens: 11, outputTokens: 7, cachedInputTokens: 3, costMicroUsd: 20, unpricedSteps: 0, rehearsal: true };

export function createFakeDaemon() {
  const credentials = new Map<string, Credential>();
  const sessions = new Map<string, FakeSession>();
  const turns = new Map<string, TurnView>();
  const byMessage = new Map<string, string>();
  const revokedListeners = new Set<(id: string) => void>();
  const journalListeners = new Set<() => void>();
  const journal: JournalEvent[] = [];
  const running = new Set<Promise<void>>();
  const calls: string[] = [];
  const handoffs = createFakeHandoffs(calls);
  const behaviour: Behaviour = { deltas: ['Hello', ', you.'] };
  const codes = new Set<string>();
  const state = { journalReads: 0, turnsRun: 0, backups: 0, authenticated: 0 };

  const issue = (scopes: readonly Scope[], life: { expiresAt?: number } = {}) => {
    const secret = ids.secret(scopes.some((scope) => scope.startsWith('claim:')) ? 'claim' : 't');
    const credential: Credential = { id: ids.next('cred'), scopes, label: scopes.join(), createdAt: Date.now(), ...life };
    credentials.set(secret, credential);
    return { secret, credential };
  };
  const revoke = (id: string) => {
    for (const [secret, credential] of credentials) if (credential.id === id) credentials.delete(secret);
    for (const listener of revokedListeners) listener(id);
  };
  const appendEvent = (stream: string, data: Record<string, string> = {}) => {
    const seq = journal.filter((event) => event.stream === stream).length + 1;
    journal.push({
      cursor: String(journal.length + 1).padStart(9, '0'),
      stream,
      seq,
      at: Date.now(),
      type: 'message.accepted',
      actor: 'daemon',
      provenance: null,
      data,
      hash: 'a'.repeat(64),
      prevHash: 'b'.repeat(64),
    });
  };
  const wake = () => {
    for (const listener of journalListeners) listener();
  };

  const agent = (id: string): AgentView => ({
    id,
    description: `the ${id}`,
    default: id === 'coder',
    model: 'rehearsal/script',
    modelFrom: 'top-level model',
    rehearsal: true,
    workspace: `/home/${id}`,
    dmScope: 'per_peer',
    tools: ['memory'],
    bindings: [],
    sessions: 0,
  });
  const agents = [agent('coder'), agent('writer')];

  const viewOf = (session: FakeSession): SessionView => {
    const statuses = session.turns.map((id) => turns.get(id));
    const busy = statuses.find((turn) => turn?.status === 'running');
    return {
      key: session.key,
      agent: session.agent,
      platform: 'api',
      account: 'default',
      chat: session.chat,
      chatType: 'thread',
      title: 'a session',
      createdAt: 1,
      lastActivityAt: 2,
      entryCount: session.entries.length,
      queuedTurns: statuses.filter((turn) => turn?.status === 'queued').length,
      ...(busy === undefined ? {} : { runningTurn: busy.id }),
      costMicroUsd: 0,
    };
  };

  const tell = (session: FakeSession, event: StreamEvent, id?: number) => {
    for (const listener of session.listeners) listener(id === undefined ? { event } : { id, event });
  };
  const record = (session: FakeSession, turnId: string, kind: EntryView['kind'], text: string): number => {
    const seq = session.entries.length + 1;
    session.entries.push({ seq, turnId, at: Date.now(), kind, text });
    return seq;
  };

  const update = (id: string, change: Partial<TurnView>) => {
    const turn = turns.get(id);
    if (turn !== undefined) turns.set(id, { ...turn, ...change });
  };

  const speak = (session: FakeSession, pieces: readonly string[]) => {
    const messageId = `e${session.entries.length + 1}`;
    tell(session, { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' });
    for (const delta of pieces) tell(session, { type: 'TEXT_MESSAGE_CONTENT', messageId, delta });
    tell(session, { type: 'TEXT_MESSAGE_END', messageId });
  };

  const runTurn = async (session: FakeSession, turnId: string, text: string): Promise<void> => {
    const { interim, deltas, hold, fails, silent } = behaviour;
    await Promise.resolve();
    update(turnId, { status: 'running' });
    state.turnsRun += 1;
    const opened = record(session, turnId, 'message', text);
    tell(session, { type: 'RUN_STARTED', threadId: session.key, runId: turnId });
    tell(session, { type: 'CUSTOM', name: 'guildhall.user-message', value: { turnId, text, from: 'somebody' } }, opened);
    if (hold !== undefined) await hold;
    await new Promise((resolve) => setImmediate(resolve));
    if (turns.get(turnId)?.status !== 'running') return;
    if (fails !== undefined) {
      update(turnId, { status: 'failed', reason: fails });
      tell(session, { type: 'RUN_ERROR', message: fails, code: 'turn-failed', runId: turnId });
      return;
    }
    if (interim !== undefined) {
      speak(session, [interim]);
      record(session, turnId, 'model-step', interim);
    }
    if (silent !== true) speak(session, deltas);
    const answer = deltas.join('');
    const seq = record(session, turnId, 'answer', answer);
    update(turnId, { status: 'completed', answer, usage });
    tell(session, { type: 'RUN_FINISHED', threadId: session.key, runId: turnId }, seq);
  };

  const approval: ApprovalView = {
    id: 'apr_1',
    status: 'pending',
    agent: 'coder',
    sessionKey: 'agent:coder:main',
    turnId: 'turn_1',
    tool: 'terminal',
    args: { argv: ['rm'] },
    digest: 'd',
    reason: 'dangerous',
    always: true,
    askedAt: 1,
    expiresAt: 2,
  };
  const standing: StandingApprovalView = {
    id: 'always_1',
    agent: 'coder',
    tool: 'terminal',
    bound: { argv: ['rm'] },
    digest: 'd',
    grantedBy: 'operator',
    grantedAt: 1,
    uses: 0,
  };
  const missing = (what: string) => refuse('not-found', `There is no ${what.slice(0, 80)}.`);
  const view = (credential: Credential) => {
    const { id, scopes, label, createdAt } = credential;
    return { id, scopes: [...scopes], label, createdAt };
  };

  const operations: Operations = {
    status: async () => {
      calls.push('status');
      return {
        url: 'http://127.0.0.1:1',
        version: '0.1.0',
        pid: 1,
        node: 'n',
        startedAt: 1,
        home: '/h',
        database: { kind: 'sqlite', location: '/h/db' },
        config: { file: '/h/c', rev: 1, valid: true },
        model: { id: 'rehearsal/script', rehearsal: true, reason: 'no key' },
        agents: 2,
        sessions: sessions.size,
        turns: { queued: 0, running: 0 },
        outbound: { pending: 0, unknown: 0 },
        approvals: 0,
      };
    },
    doctor: async () => [{ subject: 'database', ok: true, level: 'ok', message: 'fine' }],
    why: async (id) => done([{ subject: id, ok: true, level: 'ok', message: 'nothing waits' }]),
    async acceptMessage(request, by) {
      const agentId = request.agent ?? 'coder';
      const key = formatSessionKey({
        kind: 'agent-chat',
        agent: agentId,
        platform: request.platform,
        chatType: request.chatType ?? 'dm',
        chat: request.chat,
        ...(request.thread === undefined ? {} : { thread: request.thread }),
      });
      const message = `${request.platform} ${request.chat} ${request.thread ?? ''} ${request.messageId}`;
      const known = byMessage.get(message);
      if (known !== undefined) return done({ sessionKey: key, agent: agentId, turnId: known, duplicate: true });
      calls.push(`acceptMessage ${by.id}`);
      const session = sessions.get(key) ?? { key, agent: agentId, chat: request.chat, entries: [], turns: [], listeners: new Set() };
      sessions.set(key, session);
      const turnId = ids.next('turn');
      byMessage.set(message, turnId);
      session.turns.push(turnId);
      turns.set(turnId, {
        id: turnId,
        sessionKey: key,
        agent: agentId,
        status: 'queued',
        text: request.text,
        from: by.id,
        messageId: request.messageId,
        attempts: 1,
        steps: 1,
        acceptedAt: Date.now(),
        usage: { ...usage, inputTokens: 0, outputTokens: 0 },
      });
      const run = runTurn(session, turnId, request.text).finally(() => running.delete(run));
      running.add(run);
      return done({ sessionKey: key, agent: agentId, turnId, duplicate: false });
    },
    async readTurn(id, waitMs, signal) {
      const giveUpAt = Date.now() + waitMs;
      for (;;) {
        const turn = turns.get(id);
        if (turn === undefined) return missing(`turn ${id}`);
        if (!['queued', 'running'].includes(turn.status) || signal.aborted || Date.now() >= giveUpAt) return done(turn);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async cancelTurn(id) {
      calls.push(`cancelTurn ${id}`);
      const turn = turns.get(id);
      if (turn === undefined) return missing(`turn ${id}`);
      if (['queued', 'running'].includes(turn.status)) update(id, { status: 'cancelled', reason: 'asked to' });
      return done(turns.get(id) ?? turn);
    },
    listSessions: async () => done({ sessions: [...sessions.values()].map(viewOf), next: null }),
    readSession: async (key) => {
      const session = sessions.get(key);
      return session === undefined ? missing(`session ${key}`) : done(viewOf(session));
    },
    readEntries: async (key, { after = 0, last, limit }) => {
      const entries = (sessions.get(key)?.entries ?? []).filter((entry) => entry.seq > after);
      return done(last === true ? entries.slice(-limit) : entries.slice(0, limit));
    },
    streamSession(key, afterSeq, signal) {
      const session = sessions.get(key);
      return session === undefined ? missing(`session ${key}`) : done(follow(session, afterSeq, signal));
    },
    cancelSession: async () => done({ cancelled: [] }),
    search: async (_agent, query) => done([{ sessionKey: 'agent:coder:main', seq: 1, at: 1, kind: 'message', excerpt: query }]),
    listAgents: async () => agents,
    readAgent: async (id) => {
      const found = agents.find((known) => known.id === id);
      return found === undefined ? missing(`agent ${id}`) : done(found);
    },
    listTools: async () => done([{ name: 'memory', offered: true, reason: 'minimal', description: 'remembers' }]),
    reviewMcpServer: async () => done({ hash: 'h', tools: [] }),
    explainRoute: () => done({ agent: 'coder', tier: 7, rule: 'default', losers: [] }),
    readConfig: async () => ({ rev: 1, text: 'agents: {}', file: '/h/c' }),
    writeConfig: async () => done({ valid: true, errors: [] }),
    listConfigVersions: async () => [{ rev: 1, at: 1, actor: 'operator', digest: 'd', current: true }],
    readConfigVersion: async (rev) => done({ rev, text: 'agents: {}' }),
    revertConfig: async () => done({ valid: true, errors: [] }),
    listApprovals: async () => [approval],
    readApproval: async () => done(approval),
    answerApproval: async (_id, answer) => {
      calls.push(`answerApproval ${answer}`);
      return done({ ...approval, status: answer === 'deny' ? 'denied' : 'approved' });
    },
    listStandingApprovals: async () => [standing],
    forgetStandingApproval: async (id) => (id === standing.id ? done({ ...standing, revokedAt: 2 }) : missing('standing approval')),
    listCredentials: async () => [...credentials.values()].map(view),
    createCredential: async (request) => {
      calls.push('createCredential');
      const { secret, credential } = issue([request.scope as Scope]);
      return done({ credential: view(credential), secret });
    },
    revokeCredential: async (id) => {
      const credential = [...credentials.values()].find((known) => known.id === id);
      if (credential === undefined) return missing(`credential ${id}`);
      revoke(id);
      return done({ ...view(credential), revokedAt: 1 });
    },
    signIn: async (code) => {
      if (!codes.delete(code)) return refuse('not-authenticated', 'This code is wrong or was used.');
      return done({ secret: issue(['browser']).secret, expiresAt: Date.now() + 3_600_000 });
    },
    authenticate: async (secret) => {
      state.authenticated += 1;
      return credentials.get(secret);
    },
    readBudgets: async () => [{ scope: 'installation', window: 'day', settledMicroUsd: 0, reservedMicroUsd: 0, settledTokens: 0, reservedTokens: 0 }],
    readCosts: async () => [{ key: 'coder', costMicroUsd: 0, inputTokens: 0, outputTokens: 0, turns: 0, unpricedSteps: 0 }],
    readEvents: async ({ after, stream, limit }) => {
      state.journalReads += 1;
      const named = /^(.+)@(\d+)$/.exec(after);
      if (after !== '' && named === null && !/^\d{9}$/.test(after)) return refuse('invalid-input', `"${after}" is no cursor.`);
      const isAfter = (event: JournalEvent) => (named === null ? event.cursor > after : event.stream !== named[1] || event.seq > Number(named[2]));
      const events = journal.filter((event) => (stream === undefined || event.stream === stream) && isAfter(event)).slice(0, limit);
      return done({ events, cursor: events.at(-1)?.cursor ?? after });
    },
    onJournal(listener) {
      journalListeners.add(listener);
      return () => journalListeners.delete(listener);
    },
    onRevoked(listener) {
      revokedListeners.add(listener);
      return () => revokedListeners.delete(listener);
    },
    verifyAudit: async () => ({ valid: true, head: 'f'.repeat(64), events: journal.length }),
    readAuditHeads: async () => ({ at: Date.now(), events: journal.length, streams: [{ name: 'installation', seq: 1, hash: 'f'.repeat(64) }] }),
    backup: async (file) => {
      state.backups += 1;
      return done({ file, bytes: 1 });
    },
    verifyDatabase: async () => [],
    readFigures: async () => ({
      version: '1.2.3',
      startedAt: 1_700_000_000_000,
      residentBytes: 90_000_000,
      heapBytes: 30_000_000,
      journalPosition: journal.length,
      turns: { queued: 1, running: 2 },
      sessions: sessions.size,
      outbound: { pending: 3, unknown: 0 },
      tasks: { ready: 4, running: 5, blocked: 0 },
      work: {
        plans: { open: 2 },
        roles: { open: 3 },
        runs: { 'waiting-for-person': 1 },
        findings: { reported: 4 },
        skills: {},
        schedules: { paused: 1 },
        handoffs: { running: 2 },
        breakers: { opened: 1 },
      },
      liveClaims: 5,
      lanes: 7,
      waitingLanes: 6,
      check: { dead: 0, alarms: 1, at: 1_700_000_030_000 },
    }),
    board: createFakeBoard(calls),
    roles: createFakeRoles(calls),
    skills: createFakeSkills(calls),
    schedules: createFakeSchedules(calls),
    handoffs: handoffs.operations,
  };

  return {
    operations,
    handoffs,
    behaviour,
    calls,
    state,
    sessions,
    turns,
    codes,
    journal,
    issue,
    revoke,
    appendEvent,
    wake,
    settle: () => Promise.all(running),
    /** Says something to everybody who follows the session. */
    say(sessionKey: string, event: StreamEvent, id?: number) {
      const session = sessions.get(sessionKey);
      if (session !== undefined) tell(session, event, id);
    },
    openSession(agentId: string, chat: string) {
      const key = formatSessionKey({ kind: 'agent-chat', agent: agentId, platform: 'test', chatType: 'dm', chat });
      const session: FakeSession = { key, agent: agentId, chat, entries: [], turns: [], listeners: new Set() };
      sessions.set(key, session);
      return { key, record: (text: string) => record(session, 'turn_0', 'note', text), followers: () => session.listeners.size };
    },
  };
}

export type FakeDaemon = ReturnType<typeof createFakeDaemon>;

async function* follow(session: FakeSession, afterSeq: number | undefined, signal: AbortSignal): AsyncGenerator<StreamedEvent> {
  const queue: StreamedEvent[] = [];
  if (afterSeq !== undefined) {
    for (const entry of session.entries) if (entry.seq > afterSeq) queue.push(...replay(session.key, entry));
  }
  let wake: (() => void) | undefined;
  const listener = (event: StreamedEvent) => {
    queue.push(event);
    wake?.();
  };
  const onAbort = () => wake?.();
  session.listeners.add(listener);
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const next = queue.shift();
      if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else yield next;
    }
  } finally {
    session.listeners.delete(listener);
    signal.removeEventListener('abort', onAbort);
  }
}

/** What an entry says when it is told again. */
function replay(threadId: string, { seq, turnId, kind, text }: EntryView): readonly StreamedEvent[] {
  const messageId = `e${seq}`;
  if (kind === 'message') {
    return [
      { event: { type: 'RUN_STARTED', threadId, runId: turnId } },
      { id: seq, event: { type: 'CUSTOM', name: 'guildhall.user-message', value: { turnId, text, from: 'somebody' } } },
    ];
  }
  if (kind !== 'model-step' && kind !== 'answer') return [{ id: seq, event: { type: 'CUSTOM', name: 'guildhall.note', value: { code: kind, text } } }];
  const said: readonly StreamedEvent[] = [{ event: { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: text } }];
  const last: StreamEvent = kind === 'answer' ? { type: 'RUN_FINISHED', threadId, runId: turnId } : { type: 'TEXT_MESSAGE_END', messageId };
  return [...said, { id: seq, event: last }];
}
