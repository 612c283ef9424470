/**
 * The composition root: opens what a daemon stands on, joins the concepts, opens the door, and takes it all down again in the reverse order.
 *
 * States: starting → ready → draining → stopped. A start that is refused leaves nothing running.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { configureFailpoints, systemClock, systemIds } from '@guildhall/kernel';
import { type Settled, done, eventData, installationStream } from '@guildhall/protocol';
import { createLiveHub, createSessionRunner, usualPatience } from '@guildhall/sessions';
import { openStore, type Store } from '@guildhall/store';
import { openBoardVerbs } from './board-verbs.ts';
import { openConfig } from './config-in-force.ts';
import { openDispatcher, openWorkPlaces } from './dispatcher/open-dispatcher.ts';
import { openDoor } from './door.ts';
import type { Environment } from './environment.ts';
import type { Foundation } from './foundation.ts';
import { acceptedAnswerSettlesApproval } from './flows/accepted-answer-settles-approval.ts';
import { acceptedMessageOpensTurn } from './flows/accepted-message-opens-turn.ts';
import { answerLeavesByChannel } from './flows/answer-leaves-by-channel.ts';
import { journalIsSealed } from './flows/journal-is-sealed.ts';
import { unansweredApprovalExpires } from './flows/unanswered-approval-expires.ts';
import { installationKey } from './installation-key.ts';
import { keepBoard } from './keep-board.ts';
import { keepHandoffs, openHandoffVerbs, openTeamHandoffs } from './keep-handoffs.ts';
import { keepRoles, openRoleVerbs, openTeamRoles } from './keep-roles.ts';
import { keepSchedules } from './keep-schedules.ts';
import { prepareHome, removeDaemonFile, writeDaemonFile } from './home.ts';
import { startJournalTail } from './journal-tail.ts';
import { kanbanPort } from './kanban-port.ts';
import type { Log } from './log.ts';
import { operatorSecret } from './operator-secret.ts';
import { issueCredential } from './operations/access.ts';
import { openSkills } from './skills/open-skills.ts';
import { openTeam } from './team.ts';
import { version } from './version.ts';

export interface StartOptions {
  readonly environment: Environment;
  /** Absent: 4733, or any free one when that is taken. */
  readonly port: number | undefined;
  /** News for the person at the terminal. */
  readonly tell: (line: string) => void;
  readonly log: Log;
}

export interface Daemon {
  readonly url: string;
  /** A one-time code for the page. */
  readonly signInCode: string;
  /** Which model answers, in a sentence. */
  readonly modelSentence: string;
  readonly agents: readonly string[];
  /** Ends the turns under way at a safe point and closes everything; the same promise for every caller. */
  stop(): Promise<void>;
}

const drainMs = 10_000;
const leaseMs = 30_000;
const maxParallelTurns = 64;

/** `already-running` names the daemon that holds the database; `invalid-config` lists what is wrong; `storage-unavailable` says what cannot be used. */
export async function startDaemon(options: StartOptions): Promise<Settled<Daemon>> {
  const { environment } = options;
  configureFailpoints(environment.failpoints);
  const clock = systemClock;
  const ids = systemIds(clock.now);
  const home = await prepareHome(environment.home);
  if (!home.ok) return home;
  const key = await installationKey(environment.home, ids);
  if (!key.ok) return key;
  const boot = ids.next('boot');
  const opened = await openStore(databaseOf(environment), { clock, ids, boot });
  if (!opened.ok) return opened;
  const store = opened.value;
  const config = await openConfig({
    file: environment.configFile,
    homes: { home: environment.home, userHome: homedir() },
    versions: store.configVersions,
    clock,
    tell: options.tell,
  });
  if (!config.ok) {
    await store.close();
    return config;
  }
  return compose(options, { clock, ids, boot, store, config: config.value, installationKey: key.value });
}

async function compose(options: StartOptions, foundation: Foundation): Promise<Settled<Daemon>> {
  const { environment, log } = options;
  const { clock, ids, boot, store, config } = foundation;
  const onFault = (error: unknown) => log.error({ err: error }, 'something failed inside');
  const tail = await startJournalTail(store.journal, store.wakeups.onAppend, clock, onFault);
  const board = await keepBoard(foundation, tail, onFault);
  const live = createLiveHub();
  let draining = false;
  const isDraining = () => draining;
  const { workspaces, worktrees } = openWorkPlaces(environment.home, environment.variables, foundation);
  const verbs = openBoardVerbs({ foundation, home: environment.home, tail, waiting: board.waiting, worktrees, isDraining });
  const kanban = kanbanPort({ ...verbs, board: store.board, store: store.sessions, installationKey: foundation.installationKey });
  const skills = await openSkills({ foundation, home: environment.home, workspaceOf: (agent) => team.directory.workspaceOf(agent) });
  const teamRoles = openTeamRoles({ foundation, home: environment.home, skills: skills.turns, runner: () => runner, operations: () => roles });
  const teamHandoffs = openTeamHandoffs(foundation, () => handoffs);
  const team = await openTeam({ environment, foundation, tail, live, log, kanban, roles: teamRoles, handoffs: teamHandoffs, runner: () => runner });
  const roles = openRoleVerbs({
    foundation,
    home: environment.home,
    tail,
    directory: team.directory,
    roles: teamRoles.roles,
    runner: () => runner,
    isDraining,
    variables: environment.variables,
  });
  const handoffs = openHandoffVerbs({ foundation, tail, directory: team.directory, roles: teamRoles.roles, runner: () => runner, isDraining });
  const runner = createSessionRunner(team.turnDeps, {
    holder: `node:${boot}`,
    leaseMs,
    maxParallel: maxParallelTurns,
    isChild: team.isChild,
    patience: usualPatience,
    onFault: (error, sessionKey) => log.error({ err: error, sessionKey }, 'a turn was cut by a fault and will be taken up again'),
    onEnd: (turn, outcome) => log.info({ turn: turn.id, session: turn.sessionKey, outcome }, 'a turn ended'),
  });
  const platforms = () => team.channels().map((channel) => channel.platform);
  const schedules = keepSchedules({ foundation, tail, roles: teamRoles.roles, runner: () => runner, platforms, isDraining, onFault });
  for (const odd of await skills.look()) log.warn({ odd }, 'a folder of skills is odd');
  const door = await openDoor({
    environment,
    foundation,
    tail,
    live,
    team,
    runner,
    board,
    verbs,
    roles,
    schedules,
    handoffs,
    skills: skills.operations,
    log,
    port: options.port,
    isDraining,
  });
  if (!door.ok) {
    await board.stop();
    await tail.stop();
    await team.close();
    await config.stop();
    await store.close();
    return door;
  }
  const flows = [
    acceptedMessageOpensTurn({ tail, store: store.sessions, runner, clock, onFault }),
    keepRoles({ foundation, home: environment.home, tail, roles: teamRoles, runner: () => runner, onFault }),
    keepHandoffs({ foundation, tail, roles: teamRoles.roles, runner: () => runner, isDraining, onFault }),
    acceptedAnswerSettlesApproval({ sessions: store.sessions, answer: team.turnDeps.answerCommand, tail, clock, onFault }),
    unansweredApprovalExpires({ approvals: store.approvals, clock, onFault }),
    journalIsSealed({ journal: store.journal, clock, onFault }),
    await answerLeavesByChannel({ store: store.sessions, channels: team.channels, tail, clock, onFault }),
  ];
  const { home, variables } = environment;
  const dispatcher = await openDispatcher({
    home,
    variables,
    foundation,
    tail,
    team,
    runner,
    workspaces,
    roles: teamRoles.roles,
    url: door.value.url,
    onFault,
  });
  const token = await operatorSecret(store.credentials, ids, clock, environment.home);
  const { secret: signInCode } = await issueCredential({ credentials: store.credentials, ids, clock }, 'sign-in', 'printed at start', 10 * 60_000, 'daemon');
  schedules.start();
  store.announce(door.value.url);
  await writeDaemonFile(environment.home, { url: door.value.url, token, pid: process.pid, version });
  await tellJournal(store, 'daemon.started', { url: door.value.url, version, boot });

  const stop = async () => {
    draining = true;
    await schedules.stop();
    await dispatcher.stop();
    await board.stop();
    await runner.drain(drainMs);
    await door.value.close();
    for (const flow of flows) await flow.stop();
    await config.stop();
    await team.close();
    await tail.stop();
    await tellJournal(store, 'daemon.stopped', { boot });
    await store.journal.sealJournal(Number.MAX_SAFE_INTEGER);
    await removeDaemonFile(environment.home, process.pid);
    await store.close();
  };
  let stopping: Promise<void> | undefined;
  return done({
    url: door.value.url,
    signInCode,
    modelSentence: team.model().reason,
    agents: [...config.current().agents.keys()],
    stop: () => (stopping ??= stop()),
  });
}

function databaseOf(environment: Environment) {
  return environment.databaseUrl === undefined
    ? { kind: 'sqlite' as const, file: join(environment.home, 'guildhall.db') }
    : { kind: 'postgres' as const, url: environment.databaseUrl };
}

async function tellJournal(store: Store, type: 'daemon.started' | 'daemon.stopped', data: Record<string, string>): Promise<void> {
  await store.journal.appendEvents([{ stream: installationStream, type, actor: 'daemon', provenance: null, data: eventData(data) }]);
}
