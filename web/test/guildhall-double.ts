/**
 * A small real HTTP server that serves the page under its real policy and speaks the part of `/v1` it uses, with the daemon's shapes and its way of streaming: live events, the last of
 * an entry with the entry's number. Turns are driven by the test.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  messageRequest,
  type AcceptedAnswer,
  type AgentView,
  type ApprovalView,
  type BudgetView,
  type EntryView,
  type HandoffView,
  type MessageRequest,
  type RouteView,
  type SessionView,
  type StreamEvent,
  type TurnView,
} from '@guildhall/protocol';
import { contentSecurityPolicy, readPage } from '../src/index.ts';

export const goodCode = 'ABCDE-FGHJK';

export interface Talk {
  view: SessionView;
  readonly entries: EntryView[];
  readonly streams: Set<ServerResponse>;
}

export interface GuildhallDouble {
  readonly url: string;
  readonly agents: AgentView[];
  readonly talks: Map<string, Talk>;
  readonly approvals: ApprovalView[];
  readonly handoffs: Map<string, HandoffView>;
  /** What answers to approvals were sent with. */
  readonly answered: unknown[];
  readonly budgets: BudgetView[];
  readonly route: { view: RouteView };
  /** Every message that came in, retries too. */
  readonly posted: MessageRequest[];
  /** Everything that was asked, as `GET /path`. */
  readonly asked: string[];
  /** What a message sets off. */
  onMessage: (talk: Talk, turnId: string, message: MessageRequest) => void;
  /** Answers message posts without doing anything: refuse with this status, or break the connection after accepting (`0`). */
  failMessagesWith: number | undefined;
  /** Answers with entries that were asked for before, too. */
  repeatEntries: boolean;
  /** How far its clock is ahead of the browser's, milliseconds. */
  aheadMs: number;
  /** Lets a browser in that has the answered cookie. */
  letIn(): { readonly name: string; readonly value: string };
  /** No browser is signed in any more; open streams end. */
  revoke(): void;
  openTalk(agent: string, title: string, fields?: Partial<SessionView>): Talk;
  record(talk: Talk, turnId: string, entry: EntryFields): EntryView;
  stream(talk: Talk, event: StreamEvent, id?: number): void;
  setRunning(talk: Talk, turnId: string | undefined): void;
  ask(talk: Talk, turnId: string, fields: Partial<ApprovalView>): ApprovalView;
  /** Cuts every connection; the server goes on. */
  cut(): void;
  /** Goes away for real; `start` comes back on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

type EntryFields = Partial<EntryView> & Pick<EntryView, 'kind'>;

const noUsage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costMicroUsd: 0, unpricedSteps: 0, rehearsal: false };

/** Entries one second apart, beginning a quarter of an hour ago, so that what is shown does not depend on how fast a test runs. */
function nextTime(entries: readonly EntryView[]): number {
  return (entries.at(-1)?.at ?? Date.now() - 900_000) + 1000;
}

export async function startGuildhall(agents: AgentView[]): Promise<GuildhallDouble> {
  const page = await readPage();
  const sockets = new Set<{ destroy(): void }>();
  let server: Server;
  let port = 0;
  let cookie = 'none';
  let counter = 0;
  const turns = new Map<string, TurnView>();
  const accepted = new Map<string, AcceptedAnswer>();

  const guildhall: GuildhallDouble = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    agents,
    talks: new Map(),
    approvals: [],
    handoffs: new Map(),
    answered: [],
    budgets: [],
    route: { view: { agent: agents[0]?.id ?? 'main', tier: 7, rule: 'the default agent', losers: [] } },
    posted: [],
    asked: [],
    onMessage: (talk, turnId, message) => {
      guildhall.setRunning(talk, turnId);
      guildhall.record(talk, turnId, { kind: 'message', text: message.text, from: 'operator' });
    },
    failMessagesWith: undefined,
    repeatEntries: false,
    aheadMs: 0,
    letIn() {
      cookie = 'a-browser-session';
      return { name: 'guildhall_session', value: cookie };
    },
    revoke() {
      cookie = 'none';
      guildhall.cut();
    },
    openTalk(agent, title, fields = {}) {
      const key = fields.key ?? `agent:${agent}:web:dm:chat=page`;
      const now = Date.now();
      const view: SessionView = {
        key,
        agent,
        platform: 'web',
        account: 'default',
        chat: 'page',
        chatType: 'dm',
        title,
        createdAt: now - 3_600_000,
        lastActivityAt: now - 60_000,
        entryCount: 0,
        queuedTurns: 0,
        costMicroUsd: 0,
        ...fields,
      };
      const talk: Talk = { view, entries: [], streams: new Set() };
      guildhall.talks.set(key, talk);
      return talk;
    },
    record(talk, turnId, fields) {
      const entry: EntryView = { seq: talk.entries.length + 1, turnId, at: nextTime(talk.entries), text: '', ...fields };
      talk.entries.push(entry);
      talk.view.entryCount = talk.entries.length;
      for (const [index, event] of eventsOf(talk.view.key, entry).entries()) guildhall.stream(talk, event, index === 0 ? entry.seq : undefined);
      return entry;
    },
    stream(talk, event, id) {
      for (const outgoing of talk.streams) outgoing.write(frame(event, id));
    },
    setRunning(talk, turnId) {
      const { runningTurn: _before, ...view } = talk.view;
      talk.view = turnId === undefined ? view : { ...view, runningTurn: turnId };
    },
    ask(talk, turnId, fields) {
      counter += 1;
      const approval: ApprovalView = {
        id: `appr_${counter}`,
        status: 'pending',
        agent: talk.view.agent,
        sessionKey: talk.view.key,
        turnId,
        tool: 'terminal',
        args: {},
        digest: 'sha256:9f2b61c07d44aa10e3',
        reason: 'terminal: asks a person',
        always: false,
        askedAt: Date.now() + guildhall.aheadMs,
        expiresAt: Date.now() + guildhall.aheadMs + 300_000,
        ...fields,
      };
      guildhall.approvals.push(approval);
      const { id: approvalId, tool, reason, expiresAt } = approval;
      guildhall.stream(talk, { type: 'CUSTOM', name: 'guildhall.approval-asked', value: { approvalId, tool, reason, expiresAt } });
      return approval;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        guildhall.cut();
      }),
    start: () =>
      new Promise((resolve) => {
        server = createServer(
          (incoming, outgoing) => void answer(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined)),
        );
        server.on('connection', (socket) => {
          sockets.add(socket);
          socket.on('close', () => sockets.delete(socket));
        });
        server.listen(port, '127.0.0.1', () => {
          port = (server.address() as AddressInfo).port;
          resolve();
        });
      }),
  };

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', guildhall.url);
    const path = url.pathname;
    guildhall.asked.push(`${incoming.method ?? ''} ${path}${url.search}`);
    outgoing.setHeader('content-security-policy', contentSecurityPolicy);
    outgoing.setHeader('cache-control', 'no-store');
    outgoing.setHeader('date', new Date(Date.now() + guildhall.aheadMs).toUTCString());
    if (path === '/') return void outgoing.setHeader('content-type', 'text/html; charset=utf-8').end(page.html);
    const asset = page.assets.get(path.replace(/^\/assets\//, ''));
    if (asset !== undefined) return void outgoing.setHeader('content-type', asset.type).end(asset.body);
    const body: unknown = incoming.method === 'POST' ? JSON.parse(await readBody(incoming)) : {};
    if (incoming.method === 'POST' && incoming.headers['x-guildhall'] !== '1')
      return problem(outgoing, 403, 'not-allowed', 'A write from the browser needs the header "X-Guildhall: 1".');
    if (path === '/v1/sign-in') return signIn(outgoing, body);
    if (incoming.headers.cookie !== `guildhall_session=${cookie}`) return problem(outgoing, 401, 'not-authenticated', 'sign in at the page');
    return answerSignedIn(incoming, outgoing, url, body);
  }

  function signIn(outgoing: ServerResponse, body: unknown): void {
    if ((body as { code: string }).code !== goodCode) return problem(outgoing, 401, 'not-authenticated', 'that code is wrong, used or out of date');
    const { name, value } = guildhall.letIn();
    outgoing.setHeader('set-cookie', `${name}=${value}; HttpOnly; SameSite=Strict; Path=/`);
    return json(outgoing, { expiresAt: Date.now() + 1000 });
  }

  function answerSignedIn(incoming: IncomingMessage, outgoing: ServerResponse, url: URL, body: unknown): void {
    const [, , noun = '', id = '', verb = ''] = url.pathname.split('/').map((part) => decodeURIComponent(part));
    const isPost = incoming.method === 'POST';
    if (noun === 'status') return json(outgoing, { version: '0.1.0', url: guildhall.url });
    if (noun === 'agents') return json(outgoing, guildhall.agents);
    if (noun === 'route') return json(outgoing, guildhall.route.view);
    if (noun === 'budgets') return json(outgoing, guildhall.budgets);
    if (noun === 'messages' && isPost) return acceptMessage(outgoing, messageRequest.parse(body));
    if (noun === 'approvals' && isPost) guildhall.answered.push(body);
    if (noun === 'approvals') return answerApprovals(outgoing, id, verb, url.searchParams.get('status'));
    if (noun === 'handoffs')
      return guildhall.handoffs.has(id) ? json(outgoing, guildhall.handoffs.get(id)) : problem(outgoing, 404, 'not-found', `there is no handoff ${id}`);
    if (noun === 'turns') return turns.has(id) ? json(outgoing, turns.get(id)) : problem(outgoing, 404, 'not-found', `there is no turn ${id}`);
    if (noun === 'sign-out' && isPost) {
      cookie = 'none';
      return json(outgoing, {});
    }
    if (noun === 'sessions' && id === '') return json(outgoing, { sessions: sessionsOf(url.searchParams.get('agent') ?? ''), next: null });
    const talk = guildhall.talks.get(id);
    if (noun !== 'sessions' || talk === undefined) return problem(outgoing, 404, 'not-found', `there is nothing at ${url.pathname}`);
    if (verb === '') return json(outgoing, talk.view);
    if (verb === 'entries') return json(outgoing, guildhall.repeatEntries ? talk.entries : pageOf(talk.entries, url.searchParams));
    if (verb === 'stream') return openStream(incoming, outgoing, talk);
    if (verb === 'cancel' && isPost) {
      const turnId = talk.view.runningTurn ?? '';
      guildhall.setRunning(talk, undefined);
      guildhall.record(talk, turnId, { kind: 'note', code: 'turn-cancelled', text: 'The operator stopped it.' });
      return json(outgoing, { cancelled: [turnId] });
    }
    return problem(outgoing, 404, 'not-found', `there is nothing at ${url.pathname}`);
  }

  function sessionsOf(agent: string): SessionView[] {
    return [...guildhall.talks.values()].map((talk) => talk.view).filter((view) => view.agent === agent);
  }

  function acceptMessage(outgoing: ServerResponse, message: MessageRequest): void {
    guildhall.posted.push(message);
    const failure = guildhall.failMessagesWith;
    if (failure !== undefined && failure !== 0)
      return problem(outgoing, failure, failure === 429 ? 'limit-reached' : 'draining', 'twenty messages wait in this session already; wait for one of them');
    const known = accepted.get(message.messageId);
    if (known !== undefined) return failure === 0 ? void outgoing.destroy() : json(outgoing, { ...known, duplicate: true }, 202);
    counter += 1;
    const turnId = `turn_${counter}`;
    const agent = message.agent ?? guildhall.talks.get(message.session ?? '')?.view.agent ?? guildhall.route.view.agent;
    const talk = guildhall.talks.get(message.session ?? `agent:${agent}:web:dm:chat=page`) ?? guildhall.openTalk(agent, message.text.slice(0, 80));
    const receipt = { sessionKey: talk.view.key, agent, turnId, duplicate: false };
    accepted.set(message.messageId, receipt);
    turns.set(turnId, {
      id: turnId,
      sessionKey: talk.view.key,
      agent,
      status: 'queued',
      text: message.text,
      from: 'operator',
      messageId: message.messageId,
      attempts: 0,
      steps: 0,
      acceptedAt: Date.now(),
      usage: noUsage,
    });
    guildhall.onMessage(talk, turnId, message);
    if (failure === 0) return void outgoing.destroy();
    return json(outgoing, receipt, 202);
  }

  function answerApprovals(outgoing: ServerResponse, id: string, verb: string, status: string | null): void {
    if (id === '') {
      return json(
        outgoing,
        guildhall.approvals.filter((approval) => status === null || approval.status === status),
      );
    }
    const index = guildhall.approvals.findIndex((approval) => approval.id === id);
    const approval = guildhall.approvals[index];
    if (approval === undefined) return problem(outgoing, 404, 'not-found', `there is no approval ${id}`);
    if (verb === '') return json(outgoing, approval);
    if (approval.status !== 'pending') return problem(outgoing, 409, 'wrong-state', 'This was answered before.');
    const answered: ApprovalView = { ...approval, status: verb === 'approve' ? 'approved' : 'denied', answeredBy: 'operator' };
    guildhall.approvals[index] = answered;
    return json(outgoing, answered);
  }

  function openStream(incoming: IncomingMessage, outgoing: ServerResponse, talk: Talk): void {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    outgoing.write('retry: 100\n\n');
    const after = incoming.headers['last-event-id'];
    const missed = typeof after === 'string' ? talk.entries.filter((entry) => entry.seq > Number(after)) : [];
    for (const entry of missed)
      for (const [index, event] of eventsOf(talk.view.key, entry).entries()) outgoing.write(frame(event, index === 0 ? entry.seq : undefined));
    talk.streams.add(outgoing);
    outgoing.on('close', () => talk.streams.delete(outgoing));
  }

  await guildhall.start();
  return guildhall;
}

/** An entry in the stream's words, most telling first; one event is enough for the page to know that it should read. */
function eventsOf(threadId: string, entry: EntryView): readonly StreamEvent[] {
  const runId = entry.turnId;
  switch (entry.kind) {
    case 'message':
      return [
        { type: 'CUSTOM', name: 'guildhall.user-message', value: { turnId: runId, text: entry.text, from: entry.from ?? '' } },
        { type: 'RUN_STARTED', threadId, runId },
      ];
    case 'answer':
      return [
        { type: 'TEXT_MESSAGE_END', messageId: `e${entry.seq}` },
        { type: 'RUN_FINISHED', threadId, runId },
      ];
    case 'tool-result':
      return [{ type: 'TOOL_CALL_RESULT', messageId: `e${entry.seq}`, toolCallId: entry.callId ?? '', content: entry.text, role: 'tool' }];
    case 'tool-started':
      return [{ type: 'TOOL_CALL_END', toolCallId: entry.callId ?? '' }];
    case 'model-step':
      return [{ type: 'TEXT_MESSAGE_END', messageId: `e${entry.seq}` }];
    case 'note':
      return [{ type: 'RUN_ERROR', message: entry.text, code: entry.code ?? 'failed', runId }];
    case 'compaction':
      return [{ type: 'CUSTOM', name: 'guildhall.compacted', value: { throughSeq: entry.seq } }];
    default:
      return entry.kind satisfies never;
  }
}

function frame(event: StreamEvent, id: number | undefined): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`;
}

function pageOf(entries: readonly EntryView[], query: URLSearchParams): readonly EntryView[] {
  const limit = Number(query.get('limit') ?? '100');
  if (query.get('last') === 'true') return entries.slice(-limit);
  const after = Number(query.get('after') ?? '0');
  return entries.filter((entry) => entry.seq > after).slice(0, limit);
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function json(outgoing: ServerResponse, content: unknown, status = 200): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function problem(outgoing: ServerResponse, status: number, code: string, detail: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ type: 'about:blank', title: code, status, detail, code }));
}
