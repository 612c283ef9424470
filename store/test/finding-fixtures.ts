/** Plans, findings and runs with sensible values. */
import type { Finding, NewFinding, NewRoleRun } from '@guildhall/roles';
import { formatSessionKey, type Compliance, type RoleRunOutcome } from '@guildhall/protocol';
import type { Store } from '../src/index.ts';
import { finish, made } from './board-fixtures.ts';
import { ids, value } from './databases.ts';
import { provenance } from './session-fixtures.ts';

export async function newPlan(store: Store, phases: readonly { readonly name: string; readonly roles: readonly string[] }[] = []): Promise<string> {
  const id = `A/B ${ids.next('plan')}`;
  value(await store.roles.createPlan({ id, title: 'Parser', goal: '', packet: '', phases, createdBy: 'operator' }));
  return id;
}

export function newFinding(plan: string, changes: Partial<NewFinding> = {}): NewFinding {
  return {
    id: ids.next('find'),
    plan,
    title: 'Empty files crash it',
    severity: 'high',
    description: 'It reads past the end.',
    evidence: [{ what: 'test/empty.test.ts fails', ref: 'run_1' }],
    reportedBy: 'validator',
    run: null,
    turnId: null,
    callId: null,
    provenance,
    actor: 'role:x/validator',
    ...changes,
  };
}

export async function reported(store: Store, plan: string, changes: Partial<NewFinding> = {}): Promise<Finding> {
  return value(await store.roles.reportFinding(newFinding(plan, changes)));
}

export const accepting = { verb: 'accept', text: '', assignTo: null, revalidateBy: [], actor: 'role:x/lead', provenance } as const;

export async function accepted(store: Store, plan: string, revalidateBy: readonly string[] = []): Promise<Finding> {
  const { id } = await reported(store, plan);
  return value(await store.roles.disposeFinding(id, { ...accepting, revalidateBy }));
}

/** Accepted, and its task made and linked; done too unless it is to stay open. */
export async function withTask(store: Store, finding: Finding, isDone = true): Promise<string> {
  const task = await made(store);
  value(await store.roles.linkRemediation(finding.id, finding.round, task));
  if (isDone) await finish(store, task);
  return task;
}

export async function remediated(store: Store, plan: string, revalidateBy: readonly string[] = []): Promise<Finding> {
  const finding = await accepted(store, plan, revalidateBy);
  await withTask(store, finding);
  await store.roles.remediateDone(1_000);
  return readFinding(store, finding.id);
}

export async function readFinding(store: Store, id: string): Promise<Finding> {
  const finding = await store.roles.readFinding(id);
  if (finding === undefined) throw new Error(`there is no finding ${id}`);
  return finding;
}

/** A role that a person fills, opened; asked something. */
export async function asked(store: Store, plan: string, role: string, changes: Partial<NewRoleRun> = {}): Promise<string> {
  value(await store.roles.openRole({ plan, role, sessionKey: formatSessionKey({ kind: 'role', plan, role }), agent: null }, 'operator'));
  return value(await store.roles.invokeRole(newRun(plan, role, changes))).run.id;
}

export function newRun(plan: string, role: string, changes: Partial<NewRoleRun> = {}): NewRoleRun {
  return {
    id: ids.next('run'),
    plan,
    role,
    mode: 'persistent',
    task: 'do it',
    phase: null,
    expects: [],
    labels: [],
    paths: [],
    requestId: ids.next('req'),
    requestedBy: 'operator',
    provenance,
    turn: null,
    hostTurn: null,
    ...changes,
  };
}

export async function settled(store: Store, run: string, outcome: RoleRunOutcome, compliance: Compliance = 'none'): Promise<void> {
  value(await store.roles.settleRun(run, { outcome, reason: 'so', compliance, policyRev: null, evidence: [], artifacts: [] }));
}

/** The types of the events of a plan, oldest first, with their bodies. */
export async function planEvents(store: Store, plan: string) {
  const page = value(await store.journal.readEvents({ after: '', stream: `plan:${encodeURIComponent(plan)}`, limit: 500 }));
  return page.events.map(({ type, actor, data }) => ({ type, actor, data }));
}
