/** The test daemon with plans, skills and schedules behind it that answers every request sensibly and keeps what it was sent. */
import type { Json } from '@guildhall/protocol';
import {
  sampleArtifact,
  sampleBundle,
  sampleDrift,
  sampleHistory,
  sampleLead,
  sampleOccurrence,
  samplePlan,
  samplePlanFinding,
  samplePolicy,
  samplePolicyDiff,
  sampleRole,
  sampleRoleDefinition,
  sampleRoleRun,
  sampleSchedule,
  sampleSkill,
  sampleSkillDetail,
} from './sample-plan.ts';
import { startTestDaemon, type TestDaemon, type TestRequest } from './test-daemon.ts';

export interface PlanDaemon extends TestDaemon {
  /** Every request that changes something, in order. */
  readonly sent: { readonly route: string; readonly params: TestRequest['params']; readonly body: Json }[];
  /** Everything it answered, in order. */
  readonly answers: unknown[];
  /** The query of the newest request of a route that reads. */
  readonly queries: Map<string, { readonly [name: string]: string }>;
}

type Route = Parameters<TestDaemon['on']>[0];

const reads: readonly (readonly [Route, () => unknown])[] = [
  ['get /v1/plans', () => [samplePlan()]],
  ['get /v1/plans/{plan}', () => samplePlan()],
  ['get /v1/plans/{plan}/bundle', () => sampleBundle()],
  ['get /v1/plans/{plan}/runs', () => [sampleRoleRun()]],
  ['get /v1/plans/{plan}/runs/{run}', () => sampleRoleRun()],
  ['get /v1/artifacts/{id}', () => ({ ...sampleArtifact(), content: Buffer.from('hello\n').toString('base64') })],
  ['get /v1/roles', () => [sampleLead, sampleRoleDefinition()]],
  ['get /v1/role-sessions', () => [sampleRole()]],
  ['get /v1/plans/{plan}/roles/{role}', () => sampleRole()],
  ['get /v1/plans/{plan}/roles/{role}/history', () => sampleHistory],
  ['get /v1/findings', () => [samplePlanFinding()]],
  ['get /v1/findings/{id}', () => samplePlanFinding()],
  ['get /v1/skills', () => [sampleSkill()]],
  ['get /v1/skills/{name}', () => sampleSkillDetail()],
  ['get /v1/skill-policy', () => samplePolicy()],
  ['get /v1/skill-policy/revisions', () => [samplePolicy()]],
  ['get /v1/skill-policy/revisions/{rev}/diff', () => samplePolicyDiff],
  ['get /v1/skill-report', () => [sampleDrift(), sampleDrift({ run: 'rrun_2', drift: 'not-loaded', status: 'missing', used: '' })]],
  ['get /v1/schedules', () => [sampleSchedule()]],
  ['get /v1/schedules/{name}', () => sampleSchedule()],
  ['get /v1/costs', () => [{ key: 'parser', costMicroUsd: 12_300, inputTokens: 1, outputTokens: 2, turns: 3, unpricedSteps: 0 }]],
];

const changes: readonly (readonly [Route, () => unknown])[] = [
  ['post /v1/plans', () => ({ ...samplePlan(), existing: false })],
  ['patch /v1/plans/{plan}', () => samplePlan()],
  ['post /v1/plans/{plan}/complete', () => samplePlan({ status: 'completed', completedAt: 1, completedBy: 'operator' })],
  ['post /v1/plans/{plan}/reopen', () => samplePlan()],
  ['post /v1/plans/{plan}/runs/{run}/answer', () => sampleRoleRun()],
  ['post /v1/plans/{plan}/findings', () => samplePlanFinding()],
  ['post /v1/plans/{plan}/roles/{role}/turns', () => sampleRoleRun({ status: 'queued', outcome: null, answer: null, reason: '', endedAt: null })],
  ['post /v1/plans/{plan}/roles/{role}/retire', () => sampleRole({ status: 'retired', activity: 'retired', retiredReason: 'done' })],
  ['post /v1/plans/{plan}/roles/{role}/reopen', () => sampleRole()],
  ['post /v1/plans/{plan}/roles/{role}/rotate', () => sampleRole({ incarnation: 3 })],
  ['post /v1/plans/{plan}/roles/{role}/ask', () => ({ incarnation: 1, answer: 'Because it is fast.', turnId: 'trn_2', sessionKey: 'x' })],
  ['post /v1/findings/{id}/accept', () => samplePlanFinding({ status: 'accepted' })],
  ['post /v1/findings/{id}/reject', () => samplePlanFinding({ status: 'rejected' })],
  ['post /v1/findings/{id}/defer', () => samplePlanFinding({ status: 'deferred' })],
  ['post /v1/findings/{id}/ask', () => samplePlanFinding({ status: 'asked' })],
  ['post /v1/findings/{id}/answer', () => samplePlanFinding()],
  ['post /v1/findings/{id}/revalidate', () => samplePlanFinding({ status: 'closed' })],
  ['post /v1/skills', () => sampleSkill({ status: 'staged', pinned: '' })],
  ['post /v1/skills/{name}/approve', () => sampleSkill()],
  ['post /v1/skills/{name}/quarantine', () => sampleSkill({ status: 'quarantined', reason: 'bad' })],
  ['post /v1/skill-policy/revisions', () => samplePolicy({ rev: 2, status: 'proposed', approvedAt: null, approvedBy: null })],
  ['post /v1/skill-policy/revisions/{rev}/approve', () => samplePolicy({ rev: 2 })],
  ['post /v1/schedules', () => sampleSchedule()],
  ['delete /v1/schedules/{name}', () => sampleSchedule({ status: 'ended' })],
  ['post /v1/schedules/{name}/pause', () => sampleSchedule({ status: 'paused' })],
  ['post /v1/schedules/{name}/resume', () => sampleSchedule()],
  ['post /v1/schedules/{name}/run', () => sampleOccurrence],
];

export async function startPlanDaemon(): Promise<PlanDaemon> {
  const daemon = await startTestDaemon();
  const sent: PlanDaemon['sent'] = [];
  const queries: PlanDaemon['queries'] = new Map();
  const answers: PlanDaemon['answers'] = [];
  const keep = (value: unknown) => {
    answers.push(value);
    return value;
  };
  for (const [route, answer] of reads)
    daemon.on(route, (request) => {
      queries.set(route, Object.fromEntries(request.query));
      return keep(answer());
    });
  for (const [route, answer] of changes)
    daemon.on(route, ({ params, body }) => {
      sent.push({ route, params, body });
      return keep(answer());
    });
  return Object.assign(daemon, { sent, answers, queries });
}
