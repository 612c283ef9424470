/** A plan as one value: everything of it, nothing that is secret, and of one moment. */
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@guildhall/agents';
import { planBundle, type PlanBundle } from '@guildhall/protocol';
import type { NewArtifact } from '@guildhall/roles';
import type { Store } from '@guildhall/store';
import { describe, expect, it } from 'vitest';
import { ids, onBothDatabases, value } from '../../store/test/databases.ts';
import { accepting, newFinding } from '../../store/test/finding-fixtures.ts';
import { answerNext, by, newPlan, newRun, openedRole, retiring, roleOf, succeeded } from '../../store/test/role-fixtures.ts';
import { provenance, usage } from '../../store/test/session-fixtures.ts';
import { exportPlan } from '../src/operations/bundle/export-plan.ts';
import { knownSecrets } from '../src/operations/bundle/known-secrets.ts';
import { roleOperations } from '../src/operations/roles/role-operations.ts';
import { rolesInForce } from '../src/roles/role-catalogue.ts';

const { config } = parseConfig('agents: {coder: {}}\nproviders: {openai: {api_key: env:CANARY}}\n', { file: 'f' });
if (config === undefined) throw new Error('the configuration of the test has errors');
const canary = 'sk-canary-4711-never-leaves';
const home = mkdtempSync(join(tmpdir(), 'guildhall-bundle-'));

function operationsOf(
  store: Store,
  clock: { readonly now: () => number; readonly mono: () => number; sleep(ms: number, signal?: AbortSignal): Promise<void> },
) {
  const never = () => {
    throw new Error('exporting does not do this');
  };
  return roleOperations({
    store: store.roles,
    skills: store.skills,
    sessions: store.sessions,
    clock,
    ids,
    home,
    roles: rolesInForce(() => config ?? never()),
    runner: never,
    isDraining: () => false,
    maxQueued: () => 100,
    chainLimits: () => ({ depth: 16, handoffs: 16 }),
    compactAtTokens: () => 100_000,
    hasAgent: () => true,
    modelOf: () => 'rehearsal/echo',
    policyOf: () => [],
    planHint: never,
    turnHint: never,
    exportPlan: never,
  });
}

function exporterOf(
  { store, database }: { readonly store: Store; readonly database: { readonly clock: Parameters<typeof operationsOf>[1] } },
  whileReading?: () => Promise<void>,
) {
  const operations = operationsOf(store, database.clock);
  const planFacts = async (id: string) => {
    await whileReading?.();
    return store.roles.planFacts(id);
  };
  return exportPlan({
    operations: () => operations,
    store: { ...store.roles, planFacts },
    skills: store.skills,
    approvals: store.approvals,
    journal: store.journal,
    clock: database.clock,
    secrets: () => (config === undefined ? [] : knownSecrets(config, { CANARY: canary })),
  });
}

function artifact(text: string, kept = true): NewArtifact {
  const content = Buffer.from(text);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return {
    id: ids.next('art'),
    path: `out/${sha256.slice(0, 8)}.txt`,
    sha256,
    bytes: content.length,
    mediaType: 'text/plain',
    content: kept ? content.toString('base64') : null,
  };
}

/** The bundle, which went through JSON as it would on its way. */
function sent(bundle: PlanBundle): PlanBundle {
  return planBundle.parse(JSON.parse(JSON.stringify(bundle)));
}

onBothDatabases('the bundle of a plan', (parts) => {
  it('is refused for a plan there is not', async () => {
    const refused = await exporterOf(parts)('nowhere');
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'not-found' } });
  });

  it('has everything of the plan and nothing of another', async () => {
    const { store } = parts;
    const role = await openedRole(store);
    const { plan } = role;
    await openedRole(store);
    const { run } = value(await store.roles.invokeRole(newRun(role)));
    await answerNext(store, role.sessionKey, 'the parser is written');
    const [kept, large] = [artifact('a parser'), artifact('a large one', false)];
    value(await store.roles.settleRun(run.id, { ...succeeded, artifacts: [kept, large] }));
    const finding = value(await store.roles.reportFinding(newFinding(plan, { title: 'It loops' })));
    value(await store.roles.disposeFinding(finding.id, { ...accepting, verb: 'reject', text: 'it does not' }));
    value(await store.roles.changePlan(plan, { packet: 'Read that instead.' }, 'operator'));
    value(await store.roles.rotateRole(plan, role.role, { ...by, reason: 'the context was full', brief: 'half done' }));
    value(await store.roles.retireRole(plan, role.role, retiring));
    value(await store.roles.reopenRole(plan, role.role, { ...by, reason: 'one thing is left' }));
    const bundle = sent(value(await exporterOf(parts)(plan)));

    expect(bundle).toMatchObject({ format: 'guildhall-plan-bundle', version: 1, plan: { id: plan, packetRev: 2 } });
    expect(bundle.changedWhileRead).toBeUndefined();
    expect(bundle.packets.map(({ rev, text }) => [rev, text])).toEqual([
      [1, 'Read this first.'],
      [2, 'Read that instead.'],
    ]);
    expect(bundle.orgChart.map((each) => each.role)).toEqual(['lead', 'planner', 'developer', 'validator', 'release']);
    expect(bundle.roles).toMatchObject([
      { role: 'developer', incarnations: [{ number: 1 }, { number: 2, begunBy: 'rotated' }, { number: 3, begunBy: 'reopened' }] },
    ]);
    expect(bundle.runs).toMatchObject([{ id: run.id, outcome: 'succeeded', answer: 'the parser is written' }]);
    expect(new Map(bundle.artifacts.map(({ id, content }) => [id, content]))).toEqual(
      new Map([
        [kept.id, kept.content],
        [large.id, null],
      ]),
    );
    expect(bundle.findings).toMatchObject([{ id: finding.id, status: 'rejected' }]);
    expect(bundle.costs).toMatchObject([{ role: 'developer', turns: 1 }]);
    expect(bundle.decisions.map(({ what, why }) => [what, why])).toEqual([
      [`rejected ${finding.id} (It loops)`, 'it does not'],
      ['rotated developer as incarnation 2', 'the context was full'],
      ['retired developer, incarnation 2', 'done for now'],
      ['reopened developer as incarnation 3', 'one thing is left'],
    ]);
    expect(bundle.events.at(0)).toMatchObject({ type: 'plan.created', seq: 1 });
    expect(bundle.events.at(-1)).toMatchObject({ type: 'role.reopened', seq: bundle.events.length });
  });

  it('has the waivers of its completion, and what a person allowed in its sessions', async () => {
    const { store } = parts;
    const role = await openedRole(store);
    const { run } = value(await store.roles.invokeRole(newRun(role)));
    const { fence, turn } = value(await store.sessions.beginTurn(role.sessionKey, 'node:test', 60_000));
    const action = { agent: 'coder', session: role.sessionKey, tool: 'terminal', args: { command: 'make' } };
    const asked = {
      id: ids.next('apr'),
      digest: 'd',
      action,
      reason: 'it runs a program',
      sessionKey: role.sessionKey,
      turnId: turn.id,
      callId: 'c1',
      expiresInMs: 60_000,
      provenance,
    };
    await store.approvals.askApproval(asked);
    const elsewhere = await store.approvals.askApproval({ ...asked, id: ids.next('apr'), callId: 'c2', sessionKey: 'agent:coder:main' });
    value(await store.approvals.answerApproval(elsewhere.id, 'deny', 'operator'));
    value(await store.approvals.answerApproval(asked.id, 'approve', 'operator', 'go on'));
    value(await store.sessions.finishTurn(fence, turn.id, { text: 'made', usage }, null));
    value(await store.roles.settleRun(run.id, { ...succeeded, outcome: 'unproven', reason: 'no file' }));
    const [blocker] = await store.roles.blockersOf(role.plan);
    value(await store.roles.completePlan(role.plan, [{ blocker: blocker?.id ?? '', reason: 'seen by eye' }], 'operator'));
    const bundle = sent(value(await exporterOf(parts)(role.plan)));
    expect(bundle.decisions.map(({ what, why, by: who }) => `${who} ${what}: ${why}`).toSorted()).toEqual([
      `operator allowed terminal (${asked.id}): go on`,
      'operator completed the plan: ',
      `operator waived ${blocker?.id}: seen by eye`,
    ]);
  });

  it('holds no secret the daemon knows of, wherever somebody wrote it', async () => {
    const { store } = parts;
    const token = ids.secret('o');
    const { plan } = value(await store.roles.createPlan(newPlan({ packet: `use ${canary} and ${token}` })));
    const role = value(await store.roles.openRole(roleOf(plan.id), 'operator')).session;
    const { run } = value(await store.roles.invokeRole(newRun(role, { task: `print ${canary}` })));
    await answerNext(store, role.sessionKey, `here it is: ${canary}, ${token}`);
    const [clean, leaking] = [artifact('nothing to hide'), artifact(`key=${canary}`)];
    value(
      await store.roles.settleRun(run.id, { ...succeeded, reason: canary, evidence: [{ kind: 'answer', ref: 'x', note: token }], artifacts: [clean, leaking] }),
    );
    value(await store.roles.reportFinding(newFinding(plan.id, { title: `leaks ${canary}`, description: token })));
    const text = JSON.stringify(value(await exporterOf(parts)(plan.id)));
    for (const secret of [canary, token, Buffer.from(canary).toString('base64').slice(0, 20)]) expect(text).not.toContain(secret);
    expect(text).toContain('use [secret] and [secret]');
    const bundle = planBundle.parse(JSON.parse(text));
    expect(new Map(bundle.artifacts.map(({ id, content }) => [id, content]))).toEqual(
      new Map([
        [clean.id, clean.content],
        [leaking.id, null],
      ]),
    );
  });

  it('is read again when the plan changed meanwhile, and says so when it never stands still', async () => {
    const { store } = parts;
    const role = await openedRole(store);
    let changes = 0;
    const change = async (): Promise<void> => {
      changes += 1;
      value(await store.roles.changePlan(role.plan, { packet: `the ${changes}th` }, 'operator'));
    };
    const once = sent(value(await exporterOf(parts, async () => (changes === 0 ? change() : undefined))(role.plan)));
    expect([once.changedWhileRead, once.plan.packetRev, once.packets.length]).toEqual([undefined, 2, 2]);
    const restless = sent(value(await exporterOf(parts, change)(role.plan)));
    expect(restless.changedWhileRead).toBe(true);
    expect(restless.events.length).toBeGreaterThan(once.events.length);
  });
});

describe('a plan with thousands of runs', () => {
  const copied =
    'plan, role, incarnation, mode, task, phase, expects, labels, paths, requested_by, provenance, session_key, status, reason, packet_rev, compliance, evidence';

  onBothDatabases('its bundle', (parts) => {
    it('is whole, in the order they were asked', async () => {
      const { store, database } = parts;
      const role = await openedRole(store, { agent: null });
      const { run } = value(await store.roles.invokeRole(newRun(role, { turn: null })));
      await database.raw(`insert into role_runs (id, request_id, created_at, ${copied})
        with recursive counted(n) as (select 1 union all select n + 1 from counted where n < 4999)
        select id || '_' || n, request_id || '_' || n, created_at + n, ${copied} from role_runs, counted where id = '${run.id}'`);
      const bundle = value(await exporterOf(parts)(role.plan));
      await database.raw(`delete from role_runs where plan = '${role.plan}' and id <> '${run.id}'`);
      expect(bundle.runs.map(({ id }) => id)).toEqual([run.id, ...Array.from({ length: 4999 }, (_, index) => `${run.id}_${index + 1}`)]);
    }, 60_000);
  });
});
