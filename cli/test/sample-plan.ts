/** What a daemon would answer about plans, roles, findings, skills and schedules, with sensible values. */
import type {
  ArtifactView,
  BlockerView,
  DriftView,
  OccurrenceView,
  PlanBundle,
  PlanFindingView,
  PlanView,
  PolicyDiffView,
  RoleDefinitionView,
  RoleHistory,
  RoleRunView,
  RoleView,
  ScheduleView,
  SkillDetail,
  SkillPolicyView,
  SkillView,
} from '@guildhall/protocol';

const hour = 3_600_000;
const at = Date.now() - 3 * hour;
const hash = 'a'.repeat(64);

export function samplePlan(changes: Partial<PlanView> = {}): PlanView {
  return {
    id: 'parser',
    title: 'A new parser',
    goal: 'Read every file.',
    status: 'open',
    packet: 'Read this.',
    packetRev: 2,
    phases: [
      { name: 'design', roles: ['lead', 'planner'], status: 'done' },
      { name: 'build', roles: ['developer'], status: 'open' },
    ],
    roles: [{ role: 'developer', status: 'open', incarnation: 2 }],
    runs: { open: 1, finished: 3, succeeded: 2 },
    findings: { open: 1, total: 2 },
    blockers: [sampleBlocker()],
    waivers: [{ blocker: 'phase-open:review', reason: 'not this time', by: 'operator', at }],
    costMicroUsd: 1_500_000,
    createdAt: at,
    createdBy: 'operator',
    completedAt: null,
    completedBy: null,
    ...changes,
  };
}

export function sampleBlocker(changes: Partial<BlockerView> = {}): BlockerView {
  return {
    id: 'finding-deferred:find_1',
    kind: 'finding-deferred',
    subject: 'find_1',
    message: 'the finding find_1 is deferred',
    remedy: 'guildhall findings accept find_1',
    waivable: true,
    ...changes,
  };
}

export function sampleRoleDefinition(changes: Partial<RoleDefinitionView> = {}): RoleDefinitionView {
  return {
    role: 'developer',
    title: 'Developer',
    mission: 'Builds what the plan asks for',
    responsibilities: ['writes the code', 'shows that it works'],
    aliases: ['dev', 'engineer'],
    reportsTo: 'lead',
    filledBy: { kind: 'agent', agent: 'coder' },
    proof: 'artifact',
    ...changes,
  };
}

export const sampleLead = sampleRoleDefinition({
  role: 'lead',
  title: 'Lead / PM',
  aliases: ['pm'],
  reportsTo: null,
  filledBy: { kind: 'person' },
  proof: 'answer',
});

export function sampleArtifact(changes: Partial<ArtifactView> = {}): ArtifactView {
  return {
    id: 'art_1',
    plan: 'parser',
    role: 'developer',
    run: 'rrun_1',
    path: 'src/parser.ts',
    sha256: hash,
    bytes: 6,
    mediaType: 'text/plain',
    kept: true,
    compliance: 'verified',
    at,
    ...changes,
  };
}

export function sampleRole(changes: Partial<RoleView> = {}): RoleView {
  return {
    ...sampleRoleDefinition(),
    plan: 'parser',
    sessionKey: 'role:parser:developer',
    status: 'open',
    activity: 'idle',
    executionMode: 'persistent',
    incarnation: 2,
    workspace: '/home/ada/.guildhall/plans/parser-1/developer',
    model: 'anthropic/claude-sonnet-4',
    contextTokens: 12_000,
    contextLimit: 100_000,
    compactedAt: null,
    entryCount: 12,
    turns: 3,
    costMicroUsd: 1_200_000,
    inputTokens: 40_000,
    outputTokens: 2000,
    openedAt: at,
    lastActivityAt: at,
    retiredReason: null,
    compliance: 'verified',
    artifacts: [sampleArtifact()],
    lastRun: 'rrun_1',
    allowed: ['invoke', 'retire', 'rotate', 'ask'],
    ...changes,
  };
}

export const sampleHistory: RoleHistory = {
  plan: 'parser',
  role: 'developer',
  sessionKey: 'role:parser:developer',
  incarnations: [
    {
      number: 1,
      begunBy: 'opened',
      openedAt: at,
      openedBy: 'operator',
      openedReason: 'the plan began',
      retiredAt: at + hour,
      retiredBy: 'operator',
      retiredReason: 'the build is done',
      firstSeq: 1,
      lastSeq: 8,
      turns: 2,
      costMicroUsd: 800_000,
      brief: 'The lexer is written by hand.',
    },
    {
      number: 2,
      begunBy: 'reopened',
      openedAt: at + hour,
      openedBy: 'operator',
      openedReason: 'a finding came back',
      retiredAt: null,
      retiredBy: null,
      retiredReason: null,
      firstSeq: 9,
      lastSeq: 12,
      turns: 1,
      costMicroUsd: 400_000,
      brief: '',
    },
  ],
};

export function sampleRoleRun(changes: Partial<RoleRunView> = {}): RoleRunView {
  return {
    id: 'rrun_1',
    plan: 'parser',
    role: 'developer',
    incarnation: 2,
    mode: 'persistent',
    task: 'Write the parser',
    phase: 'build',
    expects: ['src/*.ts'],
    status: 'finished',
    outcome: 'succeeded',
    reason: 'src/parser.ts is there',
    answer: 'The parser is written.',
    sessionKey: 'role:parser:developer',
    turnId: 'trn_1',
    requestedBy: 'operator',
    packetRev: 2,
    policyRev: 1,
    compliance: 'verified',
    skills: [{ skill: 'code-review', tier: 'required', status: 'loaded', version: '1.0', wanted: hash, found: hash, how: 'before-first-step', at }],
    evidence: [{ kind: 'artifact', ref: 'src/parser.ts', note: 'matches src/*.ts' }],
    artifacts: [sampleArtifact()],
    costMicroUsd: 400_000,
    createdAt: at,
    endedAt: at + 60_000,
    ...changes,
  };
}

export function samplePlanFinding(changes: Partial<PlanFindingView> = {}): PlanFindingView {
  return {
    id: 'find_1',
    plan: 'parser',
    title: 'Empty files make it crash',
    severity: 'high',
    description: 'An empty file ends the process.',
    evidence: [{ what: 'the test fails', ref: 'test/empty.test.ts' }],
    status: 'reported',
    reportedBy: 'validator',
    run: 'rrun_1',
    reportedAt: at,
    history: [{ at, by: 'role:parser/validator', verb: 'reported', text: '' }],
    task: null,
    revalidation: [{ role: 'validator', verdict: 'pending', at: null }],
    allowed: ['accept', 'reject', 'defer', 'ask'],
    ...changes,
  };
}

export function sampleSkill(changes: Partial<SkillView> = {}): SkillView {
  return {
    name: 'code-review',
    scope: 'global',
    description: 'How code is reviewed here',
    version: '1.0',
    license: 'MIT',
    asksForTools: ['terminal'],
    status: 'approved',
    reason: '',
    hash,
    pinned: hash,
    bytes: 120,
    files: [{ path: 'SKILL.md', bytes: 120, sha256: hash }],
    warnings: ['it holds a program: run.sh'],
    folder: '/home/ada/.guildhall/skills/code-review',
    seenAt: at,
    approvedAt: at,
    approvedBy: 'operator',
    ...changes,
  };
}

export function sampleSkillDetail(changes: Partial<SkillDetail> = {}): SkillDetail {
  return { ...sampleSkill(), text: '# Review\nRead twice.\n', approvedText: null, ...changes };
}

export function samplePolicy(changes: Partial<SkillPolicyView> = {}): SkillPolicyView {
  return {
    rev: 1,
    status: 'in-force',
    document: { roles: { developer: { required: ['code-review'], triggered: [{ skill: 'sql', paths: ['**/*.sql'] }], blocking: true }, validator: {} } },
    text: 'roles: {}',
    note: 'reviews for everybody',
    proposedBy: 'operator',
    proposedAt: at,
    approvedBy: 'operator',
    approvedAt: at,
    ...changes,
  };
}

export const samplePolicyDiff: PolicyDiffView = {
  rev: 2,
  against: 1,
  changes: [{ role: 'developer', what: 'required', before: 'code-review', after: 'code-review, sql' }],
  warnings: ['sql is not approved'],
};

export function sampleDrift(changes: Partial<DriftView> = {}): DriftView {
  return {
    run: 'rrun_1',
    plan: 'parser',
    role: 'developer',
    turn: 'trn_1',
    at,
    policyRev: 1,
    skill: 'code-review',
    tier: 'required',
    wanted: hash,
    used: hash,
    status: 'loaded',
    drift: 'none',
    compliance: 'verified',
    ...changes,
  };
}

export const sampleOccurrence: OccurrenceView = { dueAt: at, firedAt: at, status: 'fired', turnId: 'trn_1', run: null, reason: '' };

export function sampleSchedule(changes: Partial<ScheduleView> = {}): ScheduleView {
  return {
    name: 'morning',
    when: { kind: 'cron', expression: '0 9 * * 1-5', timezone: 'Europe/Berlin' },
    says: 'at 09:00, Monday to Friday, in Europe/Berlin',
    target: { kind: 'agent', agent: 'main' },
    prompt: 'What is new?',
    deliverTo: { platform: 'telegram', chat: '-100123456' },
    catchUp: 'one',
    jitterMs: 0,
    status: 'active',
    reason: '',
    nextAt: Date.now() + 5 * hour,
    failures: 0,
    createdAt: at,
    createdBy: 'operator',
    occurrences: [sampleOccurrence],
    ...changes,
  };
}

export function sampleBundle(changes: Partial<PlanBundle> = {}): PlanBundle {
  return {
    format: 'guildhall-plan-bundle',
    version: 1,
    exportedAt: at,
    plan: samplePlan({ blockers: [] }),
    packets: [{ rev: 1, text: 'Read this.\n', sha256: hash, by: 'operator', at }],
    orgChart: [sampleLead, sampleRoleDefinition()],
    roles: [{ ...sampleRole(), incarnations: sampleHistory.incarnations }],
    runs: [sampleRoleRun()],
    findings: [samplePlanFinding()],
    artifacts: [{ ...sampleArtifact(), content: Buffer.from('hello\n').toString('base64') }],
    costs: [{ role: 'developer', costMicroUsd: 1_200_000, inputTokens: 40_000, outputTokens: 2000, turns: 3 }],
    decisions: [{ at, by: 'role:parser/lead', what: 'accepted find_1', why: 'it is a mistake' }],
    events: [{ type: 'plan.created', seq: 1 }],
    ...changes,
  };
}
