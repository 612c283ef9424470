/** Which messages are an answer to an approval, and which only look like one. */
import { parseConfig } from '@guildhall/agents';
import { rootProvenance, deriveProvenance } from '@guildhall/authority';
import type { Turn } from '@guildhall/sessions';
import { expect, test } from 'vitest';
import { answerApprovalInChat, readChatAnswer } from '../src/chat-approvals.ts';

const { config } = parseConfig('approvals: { approvers: ["telegram:7"] }', { file: '/etc/guildhall.yaml', homes: { home: '/home', userHome: '/home' } });
const root = rootProvenance({ id: 'root_1', origin: 'telegram:7', trust: 'person', agent: 'main', via: 'message', ref: 'm1' });

const asked: string[] = [];
const deps = {
  config: () => {
    if (config === undefined) throw new Error('the configuration is wrong');
    return config;
  },
  approvals: {
    expireApprovals: async () => [],
    async readApproval(id: string) {
      asked.push(id);
      return undefined;
    },
    answerApproval: async () => Promise.reject(new Error('nothing is answered here')),
  },
};

function turnOf(more: { readonly platform?: string; readonly peer?: string; readonly from?: string; readonly provenance?: Turn['provenance'] } = {}): Turn {
  const { platform = 'telegram', peer = '7', from = `${platform}:${peer}`, provenance = root } = more;
  return {
    id: 'turn_1',
    sessionKey: 'agent:main:telegram:group:chat=-1',
    agent: 'main',
    status: 'running',
    message: { platform, account: 'default', chat: '-1', chatType: 'group', peer, messageId: 'm1', text: '/approve appr_1' },
    from,
    provenance,
    attempts: 1,
    cancelRequested: false,
    acceptedAt: 1,
    steps: 0,
    usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costMicroUsd: 0, unpricedSteps: 0, rehearsal: true },
  };
}

test('a whole message is a command, and nothing around it is', () => {
  expect(readChatAnswer(' /approve appr_1 \n')).toEqual({ answer: 'approve', id: 'appr_1', reason: '' });
  expect(readChatAnswer('/deny appr_1 too late')).toEqual({ answer: 'deny', id: 'appr_1', reason: 'too late' });
  for (const text of [
    'please /approve appr_1',
    '/approve appr_1 now',
    '/approve',
    '/approve appr_1\nthanks',
    '/Approve appr_1',
    '> /approve appr_1',
    '/deny appr_1\nno',
  ])
    expect(readChatAnswer(text), text).toBeUndefined();
});

test('a person is heard', async () => {
  asked.length = 0;
  expect(await answerApprovalInChat(deps, turnOf())).toContain('there is no approval appr_1');
  expect(asked).toEqual(['appr_1']);
});

test('the daemon’s own messages and what came of another turn are not, whoever they say wrote them', async () => {
  asked.length = 0;
  const derived = deriveProvenance(root, { hop: { via: 'delegate', actor: 'agent:main', ref: 'turn_0' }, agent: 'main' });
  for (const platform of ['handoff', 'delegate', 'board', 'role', 'schedule', 'predecessor'])
    expect(await answerApprovalInChat(deps, turnOf({ platform, from: 'operator' })), platform).toBeUndefined();
  expect(await answerApprovalInChat(deps, turnOf({ provenance: derived }))).toBeUndefined();
  expect(asked).toEqual([]);
});

test('a writer whose name is not the platform’s is nobody', async () => {
  asked.length = 0;
  expect(await answerApprovalInChat(deps, turnOf({ peer: '8', from: 'telegram:7' }))).toContain('may not answer');
  expect(asked).toEqual([]);
});
