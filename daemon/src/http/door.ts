/**
 * The HTTP door: everything of `/v1`, the chat page and liveness, on the loopback.
 *
 * A request passes, in this order: the connection budget, the boundary (who it thinks it calls, where it says it comes from, how its address is spelled), authentication, access,
 * its body, its shape, its Idempotency-Key. Only then does an operation of the daemon see it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { done, Fault, refuse, type Settled } from '@guildhall/protocol';
import type { Clock, Ids } from '@guildhall/kernel';
import type { Operations } from '../operations.ts';
import { createReceipts } from './access.ts';
import { sendRefusalAndClose, setSecurityHeaders } from './answer.ts';
import { createAuthenticator } from './authentication.ts';
import { checkBoundary, ownHosts } from './boundary.ts';
import { createConnectionBudget } from './connection-budget.ts';
import type { Endpoints } from './endpoints.ts';
import { createFailedAttempts } from './failed-attempts.ts';
import type { IdempotencyStore } from './idempotency.ts';
import { createJournalFeed } from './journal-feed.ts';
import type { DoorLimits } from './limits.ts';
import { listenOnLoopback } from './listen.ts';
import { openAiEndpoints } from './openai/chat-completions.ts';
import { createOpenRequests } from './open-requests.ts';
import { createRouter, endpointOf, type Passed } from './router.ts';
import { createOpenStreams } from './server-sent-events.ts';
import { discardBody } from './unread-body.ts';
import type { DoorObserver, DoorParts } from './serve-route.ts';
import { authorityEndpoints } from './routes/authority.ts';
import { boardEndpoints } from './routes/board.ts';
import { claimEndpoints } from './routes/board-claims.ts';
import { laneEndpoints } from './routes/board-lanes.ts';
import { taskEndpoints } from './routes/board-tasks.ts';
import { configurationEndpoints } from './routes/configuration.ts';
import { conversationEndpoints } from './routes/conversations.ts';
import { descriptionEndpoints } from './routes/description.ts';
import { findingEndpoints } from './routes/findings.ts';
import { handoffEndpoints } from './routes/handoffs.ts';
import { installationEndpoints } from './routes/installation.ts';
import { journalEndpoints } from './routes/journal.ts';
import { mcpEndpoints } from './routes/mcp.ts';
import { metricsEndpoints } from './routes/metrics.ts';
import { pageEndpoints, type Page } from './routes/page.ts';
import { planEndpoints, runEndpoints } from './routes/plans.ts';
import { roleSessionEndpoints } from './routes/role-sessions.ts';
import { scheduleEndpoints } from './routes/schedules.ts';
import { signingInEndpoints } from './routes/signing-in.ts';
import { standingApprovalEndpoints } from './routes/standing-approvals.ts';
import { skillEndpoints, skillPolicyEndpoints } from './routes/skills.ts';
import { teamEndpoints } from './routes/team.ts';

export interface HttpDoorOptions {
  readonly operations: Operations;
  readonly idempotency: IdempotencyStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly page: Page;
  readonly limits: DoorLimits;
  readonly observer: DoorObserver;
}

export interface HttpDoor {
  /** Listens on 127.0.0.1, and on ::1 where the machine has it. `already-running` when something else has the port; port 0 takes a free one. After a refusal it may be tried again. */
  listen(port: number): Promise<Settled<OpenDoor>>;
}

export interface OpenDoor {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Ends streams and waits with a word, lets running requests finish, and resolves at the latest after the drain time. Calling it again waits for the same end. */
  close(): Promise<void>;
}

/** How often open streams are looked after. */
const tickMs = 1_000;

/** Faults `routes-disagree` when the route table and the endpoints do not match. */
export function createHttpDoor(options: HttpDoorOptions): HttpDoor {
  const { operations, clock, limits } = options;
  const failures = createFailedAttempts(clock, limits.failuresPerMinute);
  const feed = createJournalFeed(operations, clock, limits);
  const parts: DoorParts = {
    authenticator: createAuthenticator({ operations, clock, failures }),
    openRequests: createOpenRequests(operations, limits),
    streams: createOpenStreams(clock, limits),
    receipts: createReceipts(),
    idempotency: options.idempotency,
    connections: createConnectionBudget(limits.strangers),
    observer: options.observer,
    clock,
    limits,
  };
  const endpoints: Endpoints = {
    ...pageEndpoints(options.page),
    ...signingInEndpoints(operations, failures, clock),
    ...descriptionEndpoints((route) => endpointOf(endpoints, route)),
    ...installationEndpoints(operations),
    ...conversationEndpoints(operations, parts.receipts, limits),
    ...teamEndpoints(operations),
    ...configurationEndpoints(operations),
    ...authorityEndpoints(operations),
    ...journalEndpoints(operations, feed),
    ...boardEndpoints(operations.board),
    ...taskEndpoints(operations.board),
    ...claimEndpoints(operations.board, limits),
    ...laneEndpoints(operations.board, feed),
    ...planEndpoints(operations.roles),
    ...runEndpoints(operations.roles, limits),
    ...roleSessionEndpoints(operations.roles),
    ...findingEndpoints(operations.roles),
    ...skillEndpoints(operations.skills),
    ...skillPolicyEndpoints(operations.skills),
    ...scheduleEndpoints(operations.schedules),
    ...handoffEndpoints(operations.handoffs, limits),
    ...standingApprovalEndpoints(operations),
    ...mcpEndpoints({ board: operations.board, handoffs: operations.handoffs, clock, ids: options.ids }),
    ...metricsEndpoints(operations),
    ...openAiEndpoints({ operations, idempotency: options.idempotency, clock, ids: options.ids, limits }),
  };
  const listener = createListener(createRouter(endpoints, parts), parts);
  return {
    async listen(port) {
      const listening = await listenOnLoopback(port, { onRequest: listener.onRequest, connections: parts.connections, clock, limits });
      if (!listening.ok) return listening;
      listener.answerTo(ownHosts(listening.value.port));
      const closing = new AbortController();
      void lookAfterStreams(parts, closing.signal);
      let closed: Promise<void> | undefined;
      const close = () => {
        closing.abort();
        listener.drain();
        parts.openRequests.closeAll();
        feed.close();
        return listening.value.stop();
      };
      return done({ url: `http://127.0.0.1:${listening.value.port}`, close: () => (closed ??= close()) });
    },
  };
}

interface Listener {
  readonly onRequest: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** Sets the names this door answers to; before that it answers to none. */
  answerTo(hosts: ReadonlySet<string>): void;
  /** From now on every request is refused. */
  drain(): void;
}

function createListener(router: ReturnType<typeof createRouter>, parts: DoorParts): Listener {
  const passed = new WeakMap<object, Passed>();
  let hosts: ReadonlySet<string> = new Set();
  let draining = false;
  const route = getRequestListener(
    (request, env) => {
      const bindings = passed.get(env.incoming);
      if (bindings === undefined) throw new Fault('boundary-skipped', 'a request reached the router without passing the boundary');
      return router.fetch(request, bindings);
    },
    { overrideGlobalObjects: false, autoCleanupIncoming: false },
  );
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    await route(incoming, outgoing);
    await discardBody(incoming, parts.clock);
  };
  return {
    onRequest(incoming, outgoing) {
      setSecurityHeaders(outgoing);
      const target = draining
        ? refuse('draining', 'The daemon is stopping.', { retryAfterSeconds: 2 })
        : checkBoundary(incoming, hosts, parts.limits.targetBytes);
      if (!target.ok) return sendRefusalAndClose(outgoing, target.refusal);
      passed.set(incoming, { incoming, outgoing, target: target.value });
      return void answer(incoming, outgoing);
    },
    answerTo: (names) => void (hosts = names),
    drain: () => void (draining = true),
  };
}

async function lookAfterStreams(parts: DoorParts, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    await parts.clock.sleep(Math.min(tickMs, parts.limits.heartbeatMs), closing);
    parts.streams.tick();
    parts.openRequests.endExpired(parts.clock.now());
  }
}
