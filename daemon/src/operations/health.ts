/** What runs, what is wrong, and why nothing happens. */
import { stat } from 'node:fs/promises';
import type { ApprovalStore, Credential } from '@guildhall/authority';
import type { Clock } from '@guildhall/kernel';
import { type FindingView, type Settled, type StatusView, done, parseSessionKey, refuse } from '@guildhall/protocol';
import type { SessionStore, Turn } from '@guildhall/sessions';
import type { WorkCountStore } from '@guildhall/store';
import type { ConfigInForce } from '../config-in-force.ts';
import type { TeamDirectory } from '../agent-directory.ts';
import type { Operations } from '../operations.ts';
import { describeExamination, type BoardHealth } from './board-health.ts';
import { personsName } from '../roles/role-place.ts';
import { bad, ok, warn } from './finding-words.ts';
import { hasEnded } from './messages.ts';
import type { Asking } from './work-health/situation.ts';
import type { WorkHealth } from './work-health/work-health.ts';

export interface HealthDeps {
  readonly url: () => string;
  readonly version: string;
  readonly home: string;
  readonly startedAt: number;
  readonly database: { readonly kind: 'sqlite' | 'postgres'; readonly location: string };
  readonly config: ConfigInForce;
  readonly model: () => { readonly id: string; readonly reason: string };
  readonly store: SessionStore;
  readonly approvals: ApprovalStore;
  readonly directory: TeamDirectory;
  readonly clock: Clock;
  /** Checks every invariant; a sentence for each that is broken. */
  readonly verify: Operations['verifyDatabase'];
  readonly backup: (file: string) => ReturnType<Operations['backup']>;
  readonly work: WorkCountStore;
  readonly workHealth: WorkHealth;
  readonly board: BoardHealth;
  readonly boardFindings: () => readonly FindingView[];
  readonly isDraining: () => boolean;
  /** Of the turn that runs in that session. */
  readonly lastFault: (sessionKey: string) => string | undefined;
  /** Tools that are switched off for an agent, with the reason. */
  readonly missingTools: (agent: string) => Promise<readonly { readonly name: string; readonly reason: string }[]>;
}

export function healthOperations(deps: HealthDeps): Pick<Operations, 'status' | 'doctor' | 'why' | 'verifyDatabase' | 'backup'> {
  return {
    status: () => readStatus(deps),
    doctor: () => examine(deps),
    why: (id) => explainWhy(deps, id),
    verifyDatabase: deps.verify,
    backup: (file: string, _by: Credential) => deps.backup(file),
  };
}

async function readStatus(deps: HealthDeps): Promise<StatusView> {
  const counts = await deps.store.readCounts();
  const work = await deps.work.countWork();
  const pending = await deps.approvals.listApprovals({ status: 'pending', limit: 1000 });
  const bytes = deps.database.kind === 'sqlite' ? await sizeOf(deps.database.location) : undefined;
  const problem = deps.config.problem();
  const model = deps.model();
  return {
    url: deps.url(),
    version: deps.version,
    pid: process.pid,
    node: process.version,
    startedAt: deps.startedAt,
    home: deps.home,
    database: { ...deps.database, ...(bytes === undefined ? {} : { bytes }) },
    config: { file: deps.config.file, rev: deps.config.rev(), valid: problem === undefined, ...(problem === undefined ? {} : { problem }) },
    model: { id: model.id, rehearsal: model.id.startsWith('rehearsal/'), reason: model.reason },
    agents: deps.config.current().agents.size,
    sessions: counts.sessions,
    turns: { queued: counts.queued, running: counts.running },
    outbound: { pending: counts.outboundPending, unknown: counts.outboundUnknown },
    approvals: pending.length,
    work: {
      openPlans: work.plans.open ?? 0,
      waitingForPerson: work.runs['waiting-for-person'] ?? 0,
      undecidedFindings: work.findings.reported ?? 0,
      quarantinedSkills: work.skills.quarantined ?? 0,
      pausedSchedules: work.schedules.paused ?? 0,
      openHandoffs: Object.values(work.handoffs).reduce((sum, count) => sum + count, 0),
      pausedHandoffs: work.handoffs.paused ?? 0,
      openBreakers: work.breakers.opened ?? 0,
    },
  };
}

/** The file and what is written and not yet folded into it. */
async function sizeOf(file: string): Promise<number> {
  const sizes = await Promise.all(
    [file, `${file}-wal`].map((part) =>
      stat(part).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function examine(deps: HealthDeps): Promise<readonly FindingView[]> {
  const findings: FindingView[] = [];
  const problem = deps.config.problem();
  findings.push(
    problem === undefined
      ? ok('configuration', `version ${deps.config.rev()} of ${deps.config.file} is in force`)
      : bad('configuration', problem, `guildhall config check ${deps.config.file}`),
  );
  for (const warning of deps.config.warnings())
    findings.push(warn('configuration', `line ${warning.line}, ${warning.path}: ${warning.message}`, warning.hint ?? undefined));
  const model = deps.model();
  findings.push(
    model.id.startsWith('rehearsal/')
      ? warn('model', model.reason, 'export ANTHROPIC_API_KEY=… (or OPENAI_API_KEY, GEMINI_API_KEY, OPENROUTER_API_KEY) and start again')
      : ok('model', model.reason),
  );
  const counts = await deps.store.readCounts();
  findings.push(
    counts.outboundUnknown > 0
      ? warn('replies', `${counts.outboundUnknown} replies may or may not have been delivered`, 'guildhall sessions list')
      : ok('replies', `${counts.outboundPending} wait to be sent`),
  );
  findings.push(...(await examineTurns(deps)));
  const approvals = await deps.approvals.listApprovals({ status: 'pending', limit: 100 });
  if (approvals.length > 0) findings.push(warn('approvals', `${approvals.length} wait for your yes or no`, 'guildhall approvals list'));
  findings.push(...deps.boardFindings(), ...describeExamination(await deps.board.examine()), ...(await deps.workHealth.examine()));
  const broken = (await deps.verify()).filter((finding) => !finding.ok);
  return [...findings, ...(broken.length === 0 ? [ok('database', 'every invariant holds')] : broken)];
}

/** A turn that has been running for long is not wrong, but worth a look. */
const longTurnMs = 3_600_000;

async function examineTurns(deps: HealthDeps): Promise<readonly FindingView[]> {
  const active = await deps.store.listTurns({ active: true, limit: 1000 });
  const long = active.filter((turn) => turn.startedAt !== undefined && deps.clock.now() - turn.startedAt > longTurnMs);
  if (long.length === 0) return [ok('turns', `${active.length} queued or running`)];
  return long.map((turn) =>
    warn('turns', `${turn.id} has been running for ${Math.round((deps.clock.now() - (turn.startedAt ?? 0)) / 60_000)} minutes`, `guildhall why ${turn.id}`),
  );
}

/** Walks from the thing asked about towards what it waits for; the first finding that is not ok is the reason. */
async function explainWhy(deps: HealthDeps, id: string): Promise<Settled<readonly FindingView[]>> {
  const asking = askingOf(deps);
  const onBoard = await asking.whyTask(id);
  const atWork = await deps.workHealth.why(id, asking);
  if (deps.directory.agent(id) !== undefined) return done([...(onBoard ?? []), ...(atWork ?? []), ...(await whyAgent(deps, id))]);
  if (onBoard !== undefined || atWork !== undefined) return done([...(onBoard ?? []), ...(atWork ?? [])]);
  const approval = await deps.approvals.readApproval(id);
  if (approval !== undefined) {
    const waiting = approval.status === 'pending';
    return done([
      waiting
        ? warn('approval', `${id} waits for a person: ${approval.action.tool} of ${approval.action.agent}`, `guildhall approvals show ${id}`)
        : ok('approval', `${id} is ${approval.status}`),
    ]);
  }
  if (parseSessionKey(id).ok) return whySession(deps, id);
  const turn = await deps.store.readTurn(id);
  if (turn === undefined)
    return refuse(
      'not-found',
      `${id.slice(0, 120)} is no task, lane, plan, role, run, finding, schedule, handoff, turn, session, approval or agent that exists here`,
    );
  return done(await explainTurn(deps, turn));
}

/** What stands behind what is asked about. */
function askingOf(deps: HealthDeps): Asking {
  const whyTurn = (turn: string) => whyTurnOf(deps, turn);
  const whyTask = (task: string) => deps.board.why(task, { draining: deps.isDraining(), whyTurn, ofChain: deps.workHealth.ofChain });
  return { whyTurn, whyTask };
}

async function whySession(deps: HealthDeps, key: string): Promise<Settled<readonly FindingView[]>> {
  const session = await deps.store.readSession(key);
  if (session === undefined) return refuse('not-found', `there is no session ${key.slice(0, 200)}`);
  const turns = await deps.store.listTurns({ sessionKey: key, limit: 1 });
  const newest = turns[0];
  if (newest === undefined) return done([ok('session', 'nothing was ever asked in it')]);
  const running = session.runningTurn === undefined ? undefined : await deps.store.readTurn(session.runningTurn);
  return done(await explainTurn(deps, running ?? newest));
}

async function whyTurnOf(deps: HealthDeps, id: string): Promise<readonly FindingView[]> {
  const turn = await deps.store.readTurn(id);
  return turn === undefined ? [bad('turn', `the turn ${id} that works on it is gone`, 'guildhall doctor')] : explainTurn(deps, turn);
}

/** What it handed on comes first: it is what it waits for. Within whose handoff it works comes last. */
async function explainTurn(deps: HealthDeps, turn: Turn): Promise<readonly FindingView[]> {
  const handedOn = await deps.workHealth.handedOn(turn, askingOf(deps));
  const chain = await deps.workHealth.ofChain(turn.provenance);
  const own = await explainItself(deps, turn);
  const calledOff = chain.filter((finding) => !finding.ok && !hasEnded(turn));
  return [...calledOff, ...handedOn, ...own, ...chain.filter((finding) => !calledOff.includes(finding))];
}

async function explainItself(deps: HealthDeps, turn: Turn): Promise<readonly FindingView[]> {
  if (turn.status === 'completed') return [ok('turn', `${turn.id} was answered`)];
  if (hasEnded(turn))
    return [
      bad(
        'turn',
        `${turn.id} ${turn.status}: ${turn.reason ?? turn.absorbedInto ?? 'no reason was recorded'}`,
        turn.status === 'failed' ? 'send the message again once the reason is mended' : undefined,
      ),
    ];
  const findings: FindingView[] = [ok('turn', `${turn.id} is ${turn.status}`), ...(await whyAgent(deps, turn.agent))];
  const session = await deps.store.readSession(turn.sessionKey);
  if (turn.status === 'queued' && session?.runningTurn !== undefined && session.runningTurn !== turn.id) {
    findings.unshift(
      warn('session', `${turn.id} waits behind ${session.runningTurn}, which is running in the same session`, `guildhall why ${session.runningTurn}`),
    );
  }
  const fault = turn.status === 'running' ? deps.lastFault(turn.sessionKey) : undefined;
  if (fault !== undefined) findings.unshift(explainFault(turn, fault));
  const approvals = await deps.approvals.listApprovals({ status: 'pending', limit: 1000 });
  const asked = approvals.find((approval) => approval.turnId === turn.id);
  if (asked !== undefined)
    findings.unshift(warn('approval', `it waits for your yes or no to ${asked.action.tool}: ${asked.reason}`, `guildhall approvals show ${asked.id}`));
  return findings;
}

function explainFault({ id, attempts }: Turn, fault: string): FindingView {
  const brief = fault.replaceAll(/\s+/g, ' ').slice(0, 300);
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  return bad('turn', `${id} was begun ${times} and cut by a fault, the last time: ${brief}. It is taken up again by itself`, 'guildhall doctor');
}

async function whyAgent(deps: HealthDeps, id: string): Promise<readonly FindingView[]> {
  if (id === personsName) return [ok('agent', 'a person answers here')];
  const agent = deps.directory.agent(id);
  if (agent === undefined) return [bad('agent', `the agent ${id} is no longer configured`, 'guildhall agents list')];
  const { model } = deps.directory.modelOf(agent);
  const missing = await deps.missingTools(id);
  return [
    ok('agent', `${id} answers with ${model}`),
    ...(model.startsWith('rehearsal/') ? [warn('model', `${id} only rehearses: no real model is connected`, 'guildhall doctor')] : []),
    ...missing
      .filter(({ name }) => name.startsWith('mcp:'))
      .map(({ name, reason }) => warn('tools', `${name}: ${reason}`, `guildhall tools list --agent ${id} --explain`)),
  ];
}
