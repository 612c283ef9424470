/** Runs and roles as the doors show them. */
import { type RoleRunView, type RoleView } from '@guildhall/protocol';
import type { Incarnation, Plan, RoleRun, RoleSession } from '@guildhall/roles';
import { estimateTokens, toModelMessages } from '@guildhall/sessions';
import { viewDefinition } from '../../roles/role-catalogue.ts';
import { rolePrompt } from '../../roles/role-prompt.ts';
import { roleWorkspace } from '../../roles/role-workspaces.ts';
import type { RoleDeps } from './role-deps.ts';

const mostArtifactsOfRun = 50;
const mostArtifactsOfRole = 100;

export async function viewRun(deps: Pick<RoleDeps, 'store' | 'skills'>, run: RoleRun): Promise<RoleRunView> {
  const turn = run.turnId ?? run.hostTurn;
  const [evidence, artifacts] = await Promise.all([
    turn === null ? undefined : deps.skills.evidenceOfTurn(turn),
    deps.store.artifactsOf({ plan: run.plan, run: run.id, limit: mostArtifactsOfRun }),
  ]);
  const { id, plan, role, incarnation, mode, task, phase, status, outcome, reason, sessionKey, turnId, requestedBy } = run;
  const { packetRev, policyRev, compliance, costMicroUsd, createdAt, endedAt } = run;
  return {
    id,
    plan,
    role,
    incarnation,
    mode,
    task,
    phase,
    expects: [...run.expects],
    status,
    outcome,
    reason,
    answer: run.answer ?? run.personAnswer,
    sessionKey,
    turnId,
    requestedBy,
    packetRev,
    policyRev,
    compliance,
    skills: [...(evidence?.uses ?? [])],
    evidence: run.evidence.map((each) => ({ ...each })),
    artifacts: [...artifacts],
    costMicroUsd,
    createdAt,
    endedAt,
  };
}

export async function viewRole(deps: RoleDeps, session: RoleSession): Promise<RoleView> {
  const roles = deps.roles();
  const definition = roles.find(session.role) ?? {
    role: session.role,
    title: session.role,
    mission: '',
    responsibilities: [],
    aliases: [],
    reportsTo: null,
    proof: 'answer' as const,
  };
  const [plan, incarnations, context, artifacts, workspace] = await Promise.all([
    deps.store.readPlan(session.plan),
    deps.store.incarnationsOf(session.plan, session.role),
    deps.sessions.readContext(session.sessionKey),
    deps.store.artifactsOf({ plan: session.plan, role: session.role, limit: mostArtifactsOfRole }),
    roleWorkspace(deps.home, session),
  ]);
  const prompt = plan === undefined ? '' : rolePrompt({ roles, definition, plan, incarnation: incarnations.at(-1), run: undefined });
  const { sessionKey, status, incarnation, compactedAt, entryCount, turns, costMicroUsd, inputTokens, outputTokens, openedAt, lastActivityAt } = session;
  return {
    ...viewDefinition(roles, definition),
    filledBy: session.agent === null ? { kind: 'person' } : { kind: 'agent', agent: session.agent },
    plan: session.plan,
    sessionKey,
    status,
    activity: activityOf(session),
    executionMode: session.lastRun?.mode ?? 'persistent',
    incarnation,
    workspace,
    model: session.agent === null ? null : deps.modelOf(session.agent),
    contextTokens: estimateTokens(prompt, toModelMessages(context)),
    contextLimit: deps.compactAtTokens(),
    compactedAt,
    entryCount,
    turns,
    costMicroUsd,
    inputTokens,
    outputTokens,
    openedAt,
    lastActivityAt,
    retiredReason: session.retiredReason,
    compliance: session.lastRun?.compliance ?? 'none',
    artifacts: [...artifacts],
    lastRun: session.lastRun?.id ?? null,
    allowed: allowedOf(session, plan, incarnations),
  };
}

function activityOf({ status, runningTurn, queuedTurns, waitingForPerson }: RoleSession): RoleView['activity'] {
  if (runningTurn !== null) return 'running';
  if (status === 'retired') return 'retired';
  if (waitingForPerson > 0) return 'waiting-for-person';
  return queuedTurns > 0 ? 'queued' : 'idle';
}

function allowedOf({ status, runningTurn, agent }: RoleSession, plan: Plan | undefined, incarnations: readonly Incarnation[]): RoleView['allowed'] {
  const hasPredecessor = agent !== null && (status === 'retired' || incarnations.length > 1);
  const ask = hasPredecessor ? (['ask'] as const) : [];
  if (plan?.status === 'completed') return [...ask];
  if (status === 'retired') return ['reopen', ...ask];
  return ['invoke', 'retire', ...(runningTurn === null ? (['rotate'] as const) : []), ...ask];
}
