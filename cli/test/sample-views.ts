/** What a daemon would answer, with sensible values. */
import type {
  AgentView,
  ApprovalView,
  BudgetView,
  ConfigVersionView,
  CredentialView,
  EntryView,
  EventView,
  FindingView,
  RouteView,
  SessionView,
  StandingApprovalView,
  StatusView,
  ToolView,
  TurnView,
} from '@guildhall/protocol';

const at = Date.UTC(2026, 10, 21, 4, 0, 0);

export function sampleStatus(changes: Partial<StatusView> = {}): StatusView {
  return {
    url: 'http://127.0.0.1:4711',
    version: '0.1.0',
    pid: 4242,
    node: '26.10.0',
    startedAt: at,
    home: '/home/ada/.guildhall',
    database: { kind: 'sqlite', location: '/home/ada/.guildhall/guildhall.db', bytes: 123_456 },
    config: { file: '/home/ada/.guildhall/guildhall.yaml', rev: 3, valid: true },
    model: { id: 'rehearsal', rehearsal: true, reason: 'no key was found' },
    agents: 2,
    sessions: 1,
    turns: { queued: 0, running: 1 },
    outbound: { pending: 0, unknown: 0 },
    approvals: 1,
    ...changes,
  };
}

export function sampleAgent(changes: Partial<AgentView> = {}): AgentView {
  return {
    id: 'coder',
    description: 'Writes code',
    default: true,
    model: 'anthropic/claude-sonnet-4',
    modelFrom: 'agents.coder.model',
    rehearsal: false,
    workspace: '/home/ada/.guildhall/agents/coder',
    dmScope: 'main',
    tools: ['terminal', 'write_file'],
    bindings: ['telegram chat -100123456'],
    sessions: 1,
    ...changes,
  };
}

export function sampleSession(changes: Partial<SessionView> = {}): SessionView {
  return {
    key: 'agent:coder:main',
    agent: 'coder',
    platform: 'terminal',
    account: 'default',
    chat: 'main',
    chatType: 'dm',
    title: 'hello',
    createdAt: at,
    lastActivityAt: at,
    entryCount: 2,
    queuedTurns: 0,
    costMicroUsd: 12_300,
    ...changes,
  };
}

export function sampleTurn(changes: Partial<TurnView> = {}): TurnView {
  return {
    id: 'trn_1',
    sessionKey: 'agent:coder:main',
    agent: 'coder',
    status: 'completed',
    text: 'hello',
    from: 'operator',
    messageId: 'm1',
    attempts: 1,
    steps: 1,
    acceptedAt: at,
    startedAt: at,
    endedAt: at + 1500,
    usage: { inputTokens: 1234, outputTokens: 56, cachedInputTokens: 0, costMicroUsd: 12_300, unpricedSteps: 0, rehearsal: false },
    ...changes,
  };
}

export function sampleEntries(): EntryView[] {
  return [
    { seq: 1, turnId: 'trn_0', at, kind: 'message', text: 'hello', from: 'ada' },
    { seq: 2, turnId: 'trn_0', at, kind: 'answer', text: 'Good morning.' },
  ];
}

export function sampleApproval(changes: Partial<ApprovalView> = {}): ApprovalView {
  return {
    id: 'apr_1',
    status: 'pending',
    agent: 'coder',
    sessionKey: 'agent:coder:main',
    turnId: 'trn_1',
    tool: 'terminal',
    args: { argv: ['rm', '-rf', 'build'] },
    digest: 'd1',
    reason: 'removes files',
    always: false,
    askedAt: at,
    expiresAt: Date.now() + 600_000,
    ...changes,
  };
}

export const sampleStanding: StandingApprovalView = {
  id: 'always_1',
  agent: 'coder',
  tool: 'terminal',
  bound: { argv: ['npm', 'test'], cwd: '/work', files: [] },
  digest: 'd1',
  grantedBy: 'operator',
  grantedAt: at,
  uses: 3,
};

export const sampleTools: ToolView[] = [
  { name: 'terminal', offered: true, reason: 'profile coding', description: 'Runs a command' },
  { name: 'web_search', offered: false, reason: 'no search service is configured', description: 'Searches the web' },
];

export const sampleRoute: RouteView = {
  agent: 'coder',
  tier: 1,
  rule: 'bindings[0] chat -100123456',
  losers: [{ agent: 'main', tier: 7, rule: 'default agent', reason: 'a chat is more specific' }],
};

export const sampleVersions: ConfigVersionView[] = [{ rev: 1, at, actor: 'operator', digest: 'abcdef0123456789', current: true }];

export const sampleBudgets: BudgetView[] = [
  { scope: 'agent:coder', window: 'day', settledMicroUsd: 1_000_000, reservedMicroUsd: 0, settledTokens: 1000, reservedTokens: 0, limitMicroUsd: 5_000_000 },
];

export const sampleCredential: CredentialView = { id: 'crd_1', scopes: ['read'], label: 'my editor', createdAt: at };

export const sampleFindings: FindingView[] = [
  { subject: 'turn', ok: false, level: 'problem', message: 'it waits for an approval', remedy: 'guildhall approvals show apr_1' },
];

export const sampleCost = { key: 'coder', costMicroUsd: 12_300, inputTokens: 1234, outputTokens: 56, turns: 1, unpricedSteps: 0 };

export function sampleEvent(changes: Partial<EventView> = {}): EventView {
  return {
    cursor: 'c1',
    stream: 'session:agent:coder:main',
    seq: 1,
    at,
    type: 'turn.started',
    actor: 'agent:coder',
    provenance: null,
    data: { turn: 'trn_1' },
    hash: 'h1',
    prevHash: 'h0',
    ...changes,
  };
}
