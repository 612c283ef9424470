/**
 * Asking a piece of work of a role. The operator may ask any; a role may ask those that report to it, in its own plan and within its own authority, which the work inherits narrowed. The same request of
 * the same role is one run, however often it is asked.
 */
import { deriveProvenance, rootProvenance } from '@guildhall/authority';
import { failpoint } from '@guildhall/kernel';
import { type ExecutionMode, type Provenance, type Settled, done, refuse } from '@guildhall/protocol';
import type { NewRoleRun, Plan, RoleDefinition, RoleRun, RoleSession } from '@guildhall/roles';
import type { RoleRequest } from '../../role-operations.ts';
import { openFilledRole } from '../../roles/open-filled-role.ts';
import { type RolePlace, roleName, rolePlatform, runSessionKey } from '../../roles/role-place.ts';
import { withRoleTools } from '../../roles/role-turn-policy.ts';
import type { RoleDeps } from './role-deps.ts';
import { type Asking, isLeadsOwnTurn, operatorOnly } from './who-asks.ts';

/** Opens the role, and for a person the plan too, where they are not there yet. */
export async function openRole(deps: RoleDeps, plan: string, definition: RoleDefinition, asking: Asking): Promise<Settled<RoleSession>> {
  const place = { plan, role: definition.role };
  const allowed = mayAskOf(deps, asking, place);
  if (!allowed.ok) return allowed;
  if (asking.kind === 'operator' && (await deps.store.readPlan(plan)) === undefined) {
    const made = await deps.store.createPlan({ id: plan, title: plan, goal: '', packet: '', phases: [], createdBy: asking.actor });
    if (!made.ok) return made;
  }
  return openFilledRole(deps, place, asking.actor);
}

export async function invokeRole(deps: RoleDeps, plan: string, definition: RoleDefinition, request: RoleRequest, asking: Asking): Promise<Settled<RoleRun>> {
  if (deps.isDraining()) return refuse('draining', 'the daemon is stopping and takes no new work; ask again in a moment, with the same requestId');
  const mode = request.mode ?? 'persistent';
  if (mode === 'inline') {
    const own = mayDoInline(asking, plan, request);
    if (!own.ok) return own;
  }
  const opened = await openRole(deps, plan, definition, asking);
  if (!opened.ok) return opened;
  const found = await deps.store.readPlan(plan);
  if (found === undefined) return refuse('not-found', `there is no plan "${plan.slice(0, 200)}"`);
  const phase = phaseOf(found, request.phase);
  if (!phase.ok) return phase;
  const run = newRun(deps, { plan: found, definition, session: opened.value, phase: phase.value, mode, request, asking });
  await failpoint('role.before-invoke');
  const invoked = await deps.store.invokeRole(run);
  await failpoint('role.after-invoke');
  if (!invoked.ok) return invoked;
  if (invoked.value.run.turnId !== null) deps.runner().wake(invoked.value.run.sessionKey);
  return done(invoked.value.run);
}

function mayAskOf(deps: RoleDeps, asking: Asking, place: RolePlace): Settled<null> {
  if (asking.kind !== 'role') return operatorOnly(asking, 'ask work of a role');
  if (asking.place.plan !== place.plan)
    return refuse('not-allowed', `${asking.actor} may ask work of the roles of its own plan alone, and not of "${place.plan.slice(0, 200)}"`);
  if (deps.roles().chart.reportsTo(place.role, asking.place.role)) return done(null);
  const reports = deps.roles().chart.reportsOf(asking.place.role);
  return refuse(
    'not-allowed',
    `${place.role} does not report to ${asking.place.role}; ${reports.length === 0 ? 'nobody does' : `you may ask work of ${reports.join(', ')}`}`,
  );
}

function mayDoInline(asking: Asking, plan: string, { reason = '' }: RoleRequest): Settled<null> {
  if (!isLeadsOwnTurn(asking, plan)) return refuse('not-allowed', 'work is done inline by the Lead alone, in a turn of its own session');
  return reason.trim() === '' ? refuse('invalid-input', 'work that is done inline needs a reason: say why no other role does it') : done(null);
}

function phaseOf(plan: Plan, phase: string | undefined): Settled<string | null> {
  if (phase === undefined || plan.phases.some(({ name }) => name === phase)) return done(phase ?? null);
  const names = plan.phases.map(({ name }) => `"${name}"`);
  return refuse('not-found', `the plan has no phase "${phase}"; ${names.length === 0 ? 'it has none' : `there are ${names.join(', ')}`}`);
}

interface Asked {
  readonly plan: Plan;
  readonly definition: RoleDefinition;
  readonly session: RoleSession;
  readonly phase: string | null;
  readonly mode: ExecutionMode;
  readonly request: RoleRequest;
  readonly asking: Asking;
}

function newRun(deps: RoleDeps, asked: Asked): NewRoleRun {
  const { plan, definition, session, phase, mode, request, asking } = asked;
  const place = { plan: plan.id, role: definition.role };
  const id = deps.ids.next('run');
  const requestId = request.requestId ?? (asking.kind === 'role' ? `${asking.turn.turnId}.${asking.turn.callId}` : id);
  const { agent } = session;
  return {
    id,
    ...place,
    mode,
    task: mode === 'inline' ? `${request.task}\n\nDone inline: ${request.reason ?? ''}` : request.task,
    phase,
    expects: request.expects ?? [],
    labels: request.labels ?? [],
    paths: request.paths ?? [],
    requestId,
    requestedBy: asking.actor,
    provenance: provenanceOf(deps, asking, place, agent ?? 'operator', id),
    hostTurn: mode === 'inline' && asking.kind === 'role' ? asking.turn.turnId : null,
    turn:
      mode === 'inline' || agent === null
        ? null
        : {
            turnId: deps.ids.next('turn'),
            sessionKey: mode === 'persistent' ? session.sessionKey : runSessionKey(agent, place, id),
            agent,
            text: askedText(asked),
            maxQueued: deps.maxQueued(),
            message: { platform: rolePlatform, chat: plan.id, thread: place.role, messageId: requestId },
          },
  };
}

function askedText({ request, phase, asking }: Asked): string {
  const from = asking.kind === 'role' ? `The ${asking.place.role} asks this of you:\n\n` : '';
  const expects = request.expects ?? [];
  const wanted = expects.length === 0 ? '' : `\n\nMust be in your workspace afterwards: ${expects.join(', ')}`;
  return `${from}${request.task}${phase === null ? '' : `\n\nPhase: ${phase}`}${wanted}`;
}

/** A person's work begins a chain. What a role asks goes on with the chain of its turn, under its own policy too. */
function provenanceOf(
  deps: Pick<RoleDeps, 'ids' | 'policyOf' | 'roles' | 'chainLimits'>,
  asking: Asking,
  place: RolePlace,
  agent: string,
  ref: string,
): Provenance {
  const budgets = [`agent:${agent}`, `plan:${place.plan}`];
  const role = roleName(place);
  if (asking.kind !== 'role') {
    const root = rootProvenance({
      id: deps.ids.next('root'),
      origin: asking.actor,
      trust: 'operator',
      agent,
      role,
      via: 'role',
      ref,
      limits: deps.chainLimits(),
    });
    return { ...root, budgets };
  }
  const { turn } = asking;
  const hop = { via: 'role', actor: asking.actor, ref: turn.turnId } as const;
  const derived = deriveProvenance(turn.provenance, { hop, agent, role, trust: 'peer', layers: deps.policyOf(turn.agent), budgets });
  return { ...derived, layers: withRoleTools(derived.layers, place.role, deps.roles().chart.reportsOf(place.role).length > 0) };
}
