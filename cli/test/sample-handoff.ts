import {
  guardrails,
  type ApprovalView,
  type CancelledHandoff,
  type HandoffDecisionView,
  type HandoffEdge,
  type HandoffExplanation,
  type HandoffView,
} from '@guildhall/protocol';
import { sampleApproval } from './sample-views.ts';

const at = Date.UTC(2026, 10, 21, 12);

function sampleDecision(changes: Partial<HandoffDecisionView> = {}): HandoffDecisionView {
  const { decidedBy = null, verdict = 'allow', rule = 'every guardrail allows it' } = changes;
  return {
    moment: 'requested',
    at,
    digest: 'd1f0',
    answers: guardrails.map((guardrail) =>
      guardrail === decidedBy
        ? { guardrail, verdict, rule, inputs: { maxDepth: 2, depth: 3, chain: ['a', 'b'] } }
        : { guardrail, verdict: 'allow' as const, rule: `${guardrail} is kept`, inputs: { seen: 'director' } },
    ),
    ...changes,
    decidedBy,
    verdict,
    rule,
  };
}

export function sampleHandoff(changes: Partial<HandoffView> = {}): HandoffView {
  return {
    id: 'hnd_1',
    source: 'director',
    target: 'frontend',
    targetChat: 'telegram:-100',
    task: 'Review the homepage.',
    riskLevel: 'low',
    risk: 'low',
    forbiddenActions: ['db_write'],
    replyPolicy: 'post_progress_in_target_chat',
    auditId: 'handoff:hnd_1',
    requiresUserConfirmation: false,
    status: 'finished',
    outcome: 'succeeded',
    reason: '',
    result: 'Nothing is broken.',
    requestedBy: 'operator on behalf of director',
    sourceSession: 'agent:director:main',
    targetSession: 'agent:frontend:telegram:group:-100',
    targetAgent: 'frontend',
    parent: null,
    depth: 1,
    approval: null,
    turnId: 'trn_work',
    noticeTurnId: 'trn_notice',
    progress: null,
    costMicroUsd: 12_300,
    tokens: 4567,
    requestedAt: at,
    startedAt: at + 1000,
    endedAt: at + 61_000,
    decision: sampleDecision(),
    ...changes,
  };
}

/** One that has not ended. */
export function openHandoff(status: 'queued' | 'running' | 'paused' | 'awaiting-approval', changes: Partial<HandoffView> = {}): HandoffView {
  return sampleHandoff({ status, outcome: null, result: null, startedAt: null, endedAt: null, turnId: null, ...changes });
}

export function sampleExplanation(changes: Partial<HandoffExplanation> = {}): HandoffExplanation {
  return {
    id: 'hnd_1',
    status: 'refused',
    decisions: [sampleDecision(), sampleDecision({ moment: 'starting', verdict: 'deny', decidedBy: 'depth', rule: 'the chain is 3 deep, and 2 are allowed' })],
    lineage: [
      { via: 'message', actor: 'operator', ref: 'msg_1' },
      { via: 'handoff', actor: 'director', ref: 'hnd_1' },
    ],
    forbiddenActions: ['db_write', 'dns_change'],
    ...changes,
  };
}

export const sampleCancelled: CancelledHandoff = {
  handoff: sampleHandoff({ status: 'cancelled', outcome: null, result: null, reason: 'the release is off' }),
  tree: [
    { kind: 'handoff', id: 'hnd_1', what: 'director to frontend', depth: 0, answer: 'stopped', detail: '' },
    { kind: 'turn', id: 'trn_work', what: 'the work in frontend', depth: 1, answer: 'stopped', detail: 'its model call was cut off' },
    { kind: 'handoff', id: 'hnd_2', what: 'frontend to tester', depth: 1, answer: 'already-done', detail: '' },
  ],
};

export const sampleEdge: HandoffEdge = {
  source: 'director',
  target: 'frontend',
  handoffs: 12,
  failures: 5,
  breaker: 'open',
  costMicroUsd: 1_500_000,
  tokens: 120_000,
};

export function sampleHandoffApproval(changes: Partial<ApprovalView> = {}): ApprovalView {
  return sampleApproval({
    agent: 'director',
    sessionKey: 'agent:director:main',
    turnId: 'hnd_1',
    tool: 'dispatch_handoff',
    reason: 'a person decides about handoffs of the risk high and above',
    digest: '0123456789abcdef0123456789abcdef',
    args: {
      source: { name: 'director', agent: 'director', sessionKey: 'agent:director:main' },
      target: { name: 'ops', agent: 'ops', sessionKey: 'agent:ops:main' },
      task: 'Deploy the site.',
      risk: 'production_write',
      riskLevel: 'high',
      mustAsk: false,
      root: null,
      forbidden: { db_write: { tools: ['sql'], argv: [], hosts: [], paths: [] }, dns_change: null },
      allowance: { microUsd: 500_000, tokens: null },
    },
    ...changes,
  });
}
