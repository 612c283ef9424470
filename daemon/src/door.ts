/** The operations behind the doors, put together, and the HTTP door opened on them. */
import type { JournalStore } from '@guildhall/kernel';
import { type Settled, eventData, installationStream, sessionStream } from '@guildhall/protocol';
import type { LiveHub, SessionRunner } from '@guildhall/sessions';
import { readPage } from '@guildhall/web';
import type { BoardVerbs } from './board-verbs.ts';
import { chainLimitsOf } from './chain-limits.ts';
import type { Environment } from './environment.ts';
import type { HandoffOperations } from './handoff-operations.ts';
import { createHttpDoor, type OpenDoor } from './http/door.ts';
import { defaultDoorLimits } from './http/limits.ts';
import { idempotencyFor } from './idempotency.ts';
import type { DoorObserver } from './http/serve-route.ts';
import type { JournalTail } from './journal-tail.ts';
import type { KeptBoard } from './keep-board.ts';
import type { KeptSchedules } from './keep-schedules.ts';
import type { Log } from './log.ts';
import { accessOperations } from './operations/access.ts';
import { configurationOperations } from './operations/configuration.ts';
import { figureOperations } from './operations/figures.ts';
import { healthOperations } from './operations/health.ts';
import { ledgerOperations } from './operations/ledger.ts';
import { limitsInForce } from './operations/limits-in-force.ts';
import { messageOperations } from './operations/messages.ts';
import { routeMessage, sessionKeyFor, teamOperations } from './operations/team.ts';
import { transcriptOperations } from './operations/transcripts.ts';
import { createWorkHealth } from './operations/work-health/work-health.ts';
import type { Operations } from './operations.ts';
import type { RoleOperations } from './role-operations.ts';
import type { Foundation } from './foundation.ts';
import { agentOfRole } from './roles/agent-of-role.ts';
import type { SkillOperations } from './skill-operations.ts';
import { rolesInForce } from './roles/role-catalogue.ts';
import type { Team } from './team.ts';
import { streamHint } from './waiting-for-events.ts';
import { version } from './version.ts';

export interface DoorParts {
  readonly environment: Environment;
  readonly foundation: Foundation;
  readonly tail: JournalTail;
  readonly live: LiveHub;
  readonly team: Team;
  readonly runner: SessionRunner;
  readonly port: number | undefined;
  readonly log: Log;
  readonly isDraining: () => boolean;
  readonly board: KeptBoard;
  readonly verbs: BoardVerbs;
  readonly roles: RoleOperations;
  readonly skills: SkillOperations;
  readonly schedules: KeptSchedules;
  readonly handoffs: HandoffOperations;
}

const usualPort = 4733;

/** Opens on the port asked for; without one on the usual port, or on any free one when that is taken. */
export async function openDoor(parts: DoorParts): Promise<Settled<OpenDoor>> {
  let url = '';
  const operations = createOperations(parts, () => url);
  const { clock, ids, store } = parts.foundation;
  const { log } = parts;
  const door = createHttpDoor({
    operations,
    clock,
    ids,
    page: await readPage(),
    limits: defaultDoorLimits,
    idempotency: idempotencyFor(store.idempotency),
    observer: {
      fault: (error, at) => log.error({ err: error, ...at }, 'a request failed inside'),
      refused: recordRefusals(store.journal, log),
    },
  });
  const asked = await door.listen(parts.port ?? usualPort);
  const opened = asked.ok || parts.port !== undefined ? asked : await door.listen(0);
  if (opened.ok) url = opened.value.url;
  return opened;
}

/** Refusals waiting to be recorded; more than this at once are only logged, so that a flood of them is not a flood of writes. */
const pendingRefusals = 64;

function recordRefusals(journal: JournalStore, log: Log): DoorObserver['refused'] {
  let pending = 0;
  return (refusal, at) => {
    log.warn({ code: refusal.code, ...at }, 'a request was refused');
    if (pending >= pendingRefusals) return;
    pending += 1;
    const data = eventData({ code: refusal.code, client: at.client, method: at.method, path: at.path });
    const actor = at.credentialId === undefined ? 'unknown' : `credential:${at.credentialId}`;
    journal
      .appendEvents([{ stream: installationStream, type: 'credential.refused', actor, provenance: null, data }])
      .catch((error: unknown) => log.error({ err: error }, 'a refusal could not be recorded'))
      .finally(() => (pending -= 1));
  };
}

function createOperations(parts: DoorParts, url: () => string): Operations {
  const { foundation, team, runner, tail, live, environment } = parts;
  const { store, clock, ids, config } = foundation;
  const hasAgent = (agent: string) => config.current().agents.has(agent);
  const { operations: board, claims, revocations } = parts.verbs;
  const startedAt = clock.now();
  return {
    board,
    roles: parts.roles,
    skills: parts.skills,
    schedules: parts.schedules.operations,
    handoffs: parts.handoffs,
    ...messageOperations({
      store: store.sessions,
      ids,
      clock,
      runner: () => runner,
      isDraining: parts.isDraining,
      route: (message) => routeMessage(config.current(), message),
      sessionKeyFor: (agent, message) => sessionKeyFor(config.current(), agent, message),
      agentOfRole: (sessionKey) => agentOfRole(store.roles, hasAgent, sessionKey),
      busyModeOf: (agent) => config.current().agents.get(agent)?.busy ?? 'queue',
      maxQueued: () => config.current().limits.queuedMessages,
      chainLimits: () => chainLimitsOf(config.current()),
      turnHint: (sessionKey, signal) => streamHint(tail, clock, sessionStream(sessionKey), signal),
    }),
    ...transcriptOperations({
      store: store.sessions,
      roles: store.roles,
      approvals: store.approvals,
      live,
      hasAgent,
      onSessionEvents: (sessionKey, wake) => tail.onStream(sessionStream(sessionKey), wake),
    }),
    ...accessOperations({
      credentials: store.credentials,
      approvals: store.approvals,
      standingApprovals: store.standingApprovals,
      ids,
      clock,
      hasAgent,
      claims,
      revoked: revocations.tell,
    }),
    ...teamOperations({
      config: config.current,
      directory: team.directory,
      tools: team.tools,
      store: store.sessions,
      modelReason: () => team.model().reason,
      reviewServer: team.reviewServer,
    }),
    ...configurationOperations(config, store.configVersions),
    ...ledgerOperations({
      budgets: store.budgets,
      store: store.sessions,
      journal: store.journal,
      wakeups: store.wakeups,
      limits: (day) => limitsInForce({ config: config.current, handoffs: store.handoffs, plans: store.roles }, day),
      clock,
      onRevoked: revocations.onRevoked,
    }),
    ...figureOperations({
      version,
      startedAt,
      journal: store.journal,
      sessions: store.sessions,
      board: store.board,
      work: store.counts,
      waiting: parts.board.waiting,
      check: parts.board.check,
    }),
    ...healthOperations({
      url,
      version,
      home: environment.home,
      startedAt,
      database: store.place,
      config,
      model: team.model,
      store: store.sessions,
      approvals: store.approvals,
      directory: team.directory,
      clock,
      verify: () => store.verify(),
      backup: (file) => store.backup(file),
      work: store.counts,
      workHealth: createWorkHealth({
        roles: store.roles,
        skills: store.skills,
        schedules: store.schedules,
        catalogue: rolesInForce(config.current),
        hasAgent,
        readTurn: (id) => store.sessions.readTurn(id),
        handoffs: {
          store: store.handoffs,
          approvals: store.approvals,
          triggers: () => config.current().sessionTriggers,
          hasChat: (agent) => config.current().bindings.some((binding) => binding.agent === agent && binding.match.chat !== undefined),
        },
        clock,
      }),
      board: parts.board.health,
      boardFindings: parts.board.findings,
      isDraining: parts.isDraining,
      lastFault: (sessionKey) => parts.runner.lastFault(sessionKey),
      missingTools: (agent) => team.tools.missingFor(agent),
    }),
  };
}
