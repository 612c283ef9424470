/** Plans and roles behind the door that answer everything with the same few things, and remember what they were asked and about what. */
import {
  done,
  type ArtifactView,
  type PlanFindingView,
  type PlanView,
  type RoleDefinitionView,
  type RoleHistory,
  type RoleRunView,
  type RoleView,
} from '@guildhall/protocol';
import type { RoleOperations } from '../src/role-operations.ts';

const plan: PlanView = {
  id: 'A/B',
  title: 'A/B',
  goal: '',
  status: 'open',
  packet: '',
  packetRev: 1,
  phases: [],
  roles: [],
  runs: { open: 0, finished: 0, succeeded: 0 },
  findings: { open: 0, total: 0 },
  blockers: [],
  waivers: [],
  costMicroUsd: 0,
  createdAt: 1,
  createdBy: 'operator',
  completedAt: null,
  completedBy: null,
};

const definition: RoleDefinitionView = {
  role: 'lead',
  title: 'Lead / PM',
  mission: 'leads',
  responsibilities: [],
  aliases: ['pm'],
  reportsTo: null,
  filledBy: { kind: 'agent', agent: 'coder' },
  proof: 'answer',
};

const role: RoleView = {
  ...definition,
  plan: 'A/B',
  sessionKey: 'role:A%2FB:lead',
  status: 'open',
  activity: 'idle',
  executionMode: 'persistent',
  incarnation: 1,
  workspace: '/w',
  model: null,
  contextTokens: 0,
  contextLimit: 1,
  compactedAt: null,
  entryCount: 0,
  turns: 0,
  costMicroUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  openedAt: 1,
  lastActivityAt: 1,
  retiredReason: null,
  compliance: 'none',
  artifacts: [],
  lastRun: null,
  allowed: [],
};

const history: RoleHistory = { plan: 'A/B', role: 'lead', sessionKey: 'role:A%2FB:lead', incarnations: [] };

const run: RoleRunView = {
  id: 'rrun_1',
  plan: 'A/B',
  role: 'lead',
  incarnation: 1,
  mode: 'persistent',
  task: 'plan it',
  phase: null,
  expects: [],
  status: 'queued',
  outcome: null,
  reason: '',
  answer: null,
  sessionKey: 'role:A%2FB:lead',
  turnId: null,
  requestedBy: 'operator',
  packetRev: 1,
  policyRev: null,
  compliance: 'none',
  skills: [],
  evidence: [],
  artifacts: [],
  costMicroUsd: 0,
  createdAt: 1,
  endedAt: null,
};

const finding: PlanFindingView = {
  id: 'find_1',
  plan: 'A/B',
  title: 'no tests',
  severity: 'high',
  description: '',
  evidence: [],
  status: 'reported',
  reportedBy: 'operator',
  run: null,
  reportedAt: 1,
  history: [],
  task: null,
  revalidation: [],
  allowed: [],
};

const artifact: ArtifactView = {
  id: 'art_1',
  plan: 'A/B',
  role: 'lead',
  run: 'rrun_1',
  path: 'plan.md',
  sha256: 'f',
  bytes: 1,
  mediaType: 'text/plain',
  kept: true,
  compliance: 'none',
  at: 1,
};

export function createFakeRoles(calls: string[]): RoleOperations {
  /** Remembers the verb with the texts that name what it is about. */
  const tell =
    <T>(name: string, value: T) =>
    async (...asked: readonly unknown[]) => {
      const about = asked.filter((part) => typeof part === 'string');
      calls.push(`roles.${name} ${JSON.stringify(about)}`);
      return done(value);
    };
  return {
    listPlans: async () => [plan],
    createPlan: tell('createPlan', { ...plan, existing: false }),
    readPlan: tell('readPlan', plan),
    changePlan: tell('changePlan', plan),
    completePlan: tell('completePlan', plan),
    reopenPlan: tell('reopenPlan', plan),
    exportPlan: tell('exportPlan', {
      format: 'guildhall-plan-bundle',
      version: 1,
      exportedAt: 1,
      plan,
      packets: [],
      orgChart: [definition],
      roles: [],
      runs: [run],
      findings: [finding],
      artifacts: [],
      costs: [],
      decisions: [],
      events: [],
    }),
    listRoleDefinitions: () => [definition],
    listRoleSessions: async () => [role],
    openRole: tell('openRole', role),
    readRole: tell('readRole', role),
    readHistory: tell('readHistory', history),
    invokeRole: tell('invokeRole', run),
    retireRole: tell('retireRole', role),
    reopenRole: tell('reopenRole', role),
    rotateRole: tell('rotateRole', role),
    askPredecessor: tell('askPredecessor', { incarnation: 1, answer: 'yes', turnId: 'turn_1', sessionKey: 'role:A%2FB:lead' }),
    listRuns: tell('listRuns', [run]),
    readRun: tell('readRun', run),
    answerRun: tell('answerRun', run),
    readArtifact: tell('readArtifact', { ...artifact, content: 'eA==' }),
    listFindings: async () => [finding],
    readFinding: tell('readFinding', finding),
    reportFinding: tell('reportFinding', finding),
    disposeFinding: tell('disposeFinding', finding),
    answerFinding: tell('answerFinding', finding),
    revalidateFinding: tell('revalidateFinding', finding),
  };
}
