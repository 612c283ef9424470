/** A handoff to look at: asked for in the director's conversation, announced and worked on in qa's. */
import type { HandoffView } from '@guildhall/protocol';
import type { GuildhallDouble, Talk } from './guildhall-double.ts';

export const task = 'Run the release checks against staging:\n1. the smoke tests\n2. the export of yesterday\nSay what failed and what it means for Thursday.';

export function handoff(fields: Partial<HandoffView> = {}): HandoffView {
  const now = Date.now();
  return {
    id: 'ho_01K9ZQ4S7T',
    source: 'director',
    target: 'qa',
    targetChat: 'telegram:-1002',
    task,
    riskLevel: 'low',
    risk: 'low',
    forbiddenActions: ['db_write', 'nginx_reload'],
    replyPolicy: 'post_progress_in_target_chat',
    auditId: 'handoff:ho_01K9ZQ4S7T',
    requiresUserConfirmation: false,
    status: 'running',
    outcome: null,
    reason: '',
    result: null,
    requestedBy: 'agent:director',
    sourceSession: 'agent:director:main',
    targetSession: 'agent:qa:telegram:group:chat=-1002',
    targetAgent: 'qa',
    parent: null,
    depth: 1,
    approval: null,
    turnId: 't_work',
    noticeTurnId: 't_notice',
    progress: null,
    costMicroUsd: 1200,
    tokens: 900,
    requestedAt: now,
    startedAt: now,
    endedAt: null,
    decision: { moment: 'starting', at: now, verdict: 'allow', decidedBy: null, rule: 'every guardrail allows it', digest: 'sha256:1', answers: [] },
    ...fields,
  };
}

/** What the daemon puts around a task for the agent that does it. */
export function given(view: HandoffView): string {
  return [
    `Work handed to you (${view.target}) by ${view.source}: ${view.id}.`,
    `Origin: operator. Trust: peer. Lineage: operator → ${view.source} → ${view.target}. Handoff 1 in its chain.`,
    `[task of ${view.id} #142]\n${view.task}\n[end of task of ${view.id} #142]`,
    `Answer with the result; it is shown here and goes back to ${view.source}.`,
  ].join('\n\n');
}

/** The notice and the beginning of the work, in the conversation of the target. */
export function handOver(guildhall: GuildhallDouble, view = handoff(), talk = guildhall.openTalk(view.target, 'Work from director')): Talk {
  guildhall.handoffs.set(view.id, view);
  const ref = view.id;
  guildhall.record(talk, 't_notice', { kind: 'message', text: `${view.source} hands over work: ${ref}`, from: 'daemon', handoff: { ref, part: 'notice' } });
  guildhall.record(talk, 't_notice', {
    kind: 'answer',
    text: [
      `${view.source} hands work to ${view.target} (${ref}; requested by ${view.requestedBy}; handoff 1 in its chain).`,
      `Risk: low. Forbidden in everything that comes of it: ${view.forbiddenActions.join(', ')}.`,
      `The task, in the words of ${view.source}:\n${view.task.replaceAll(/^/gm, '> ')}`,
      `It is done here next. To call it off: guildhall handoffs cancel ${ref}`,
    ].join('\n\n'),
  });
  guildhall.record(talk, 't_work', { kind: 'message', text: given(view), from: view.source, handoff: { ref, part: 'work' } });
  return talk;
}

/** The question about one, in the conversation of the source. */
export function askAbout(guildhall: GuildhallDouble, talk: Talk, view: HandoffView) {
  guildhall.handoffs.set(view.id, view);
  return guildhall.ask(talk, view.id, {
    tool: 'dispatch_handoff',
    reason: 'risk: production_write is high, and a person confirms high and above',
    args: {
      source: { name: view.source, agent: 'director', sessionKey: view.sourceSession },
      target: { name: view.target, agent: view.targetAgent, sessionKey: view.targetSession },
      task: view.task,
      risk: view.risk,
      riskLevel: view.riskLevel,
      mustAsk: false,
      root: null,
      forbidden: Object.fromEntries(view.forbiddenActions.map((name) => [name, { tools: [], argv: [['nginx']], hosts: [], paths: [] }])),
      sourceRules: { maxDepth: 1 },
      targetRules: { maxConcurrent: 1 },
    },
  });
}
