/** Handoffs behind the door that answer everything with the same one, and remember what they were asked. */
import { done, type HandoffDecisionView, type HandoffView } from '@guildhall/protocol';
import type { HandoffOperations } from '../src/handoff-operations.ts';

const decision: HandoffDecisionView = {
  moment: 'requested',
  at: 1,
  verdict: 'allow',
  decidedBy: null,
  rule: 'every guardrail allows it',
  digest: 'd'.repeat(64),
  answers: [{ guardrail: 'enabled', verdict: 'allow', rule: 'session_triggers.enabled is true', inputs: { enabled: true } }],
};

export const someHandoff: HandoffView = {
  id: 'ho_1',
  source: 'director',
  target: 'coder',
  targetChat: 'session',
  task: 'Look at the tests.',
  riskLevel: 'low',
  risk: 'low',
  forbiddenActions: [],
  replyPolicy: 'post_progress_in_target_chat',
  auditId: 'handoff:ho_1',
  requiresUserConfirmation: false,
  status: 'queued',
  outcome: null,
  reason: '',
  result: null,
  requestedBy: 'operator on behalf of director',
  sourceSession: 'agent:director:main',
  targetSession: 'agent:coder:main',
  targetAgent: 'coder',
  parent: null,
  depth: 1,
  approval: null,
  turnId: null,
  noticeTurnId: 'turn_1',
  progress: null,
  costMicroUsd: 0,
  tokens: 0,
  requestedAt: 1,
  startedAt: null,
  endedAt: null,
  decision,
};

/** `asked` keeps the request of every call; `answer` is the handoff they answer. */
export function createFakeHandoffs(calls: string[]) {
  const asked: unknown[] = [];
  const state = { answer: someHandoff, duplicate: false };
  const tell = (name: string, ...what: readonly unknown[]) => {
    calls.push(`handoffs.${name}`);
    asked.push(...what);
  };
  const view = (name: string, ...what: readonly unknown[]) => {
    tell(name, ...what);
    return done(state.answer);
  };
  const requested = (name: string, ...what: readonly unknown[]) => {
    tell(name, ...what);
    return done({ ...state.answer, duplicate: state.duplicate });
  };
  const operations: HandoffOperations = {
    dispatchHandoff: async (request) => requested('dispatchHandoff', request),
    dispatchAsAgent: async (request) => requested('dispatchAsAgent', request),
    importHandoff: async (record) => {
      tell('importHandoff', record);
      return done({ ...state.answer, duplicate: state.duplicate, warnings: ['audit_id is not believed'] });
    },
    listHandoffs: async (query) => {
      tell('listHandoffs', query);
      return [state.answer];
    },
    readHandoff: async (id, waitMs) => view('readHandoff', { id, waitMs }),
    explainHandoff: async (id) => {
      tell('explainHandoff', id);
      return done({ id: state.answer.id, status: state.answer.status, decisions: [decision], lineage: [], forbiddenActions: [] });
    },
    editHandoff: async (_id, change) => view('editHandoff', change),
    cancelHandoff: async (_id, request) => {
      tell('cancelHandoff', request);
      const part = { kind: 'handoff' as const, id: state.answer.id, what: 'the handoff', depth: 0, answer: 'stopped' as const, detail: '' };
      return done({ handoff: state.answer, tree: [part] });
    },
    resumeHandoff: async (id) => view('resumeHandoff', id),
    listEdges: async () => [{ source: 'director', target: 'coder', handoffs: 1, failures: 0, breaker: 'closed', costMicroUsd: 0, tokens: 0 }],
  };
  return { operations, asked, state };
}
