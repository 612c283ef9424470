/** Agents and conversations to look at. */
import type { AgentView } from '@guildhall/protocol';
import type { GuildhallDouble, Talk } from './guildhall-double.ts';

export function agent(id: string, fields: Partial<AgentView> = {}): AgentView {
  return {
    id,
    description: '',
    default: false,
    model: 'anthropic/claude-sonnet-4',
    modelFrom: 'top-level model',
    rehearsal: false,
    workspace: `/srv/guildhall/agents/${id}`,
    dmScope: 'main',
    tools: ['read_file', 'write_file', 'terminal', 'todo'],
    bindings: [],
    sessions: 0,
    ...fields,
  };
}

export function team(): AgentView[] {
  return [
    agent('director', { description: 'Talks with you, keeps the plan, hands out the work.', default: true }),
    agent('backend', { description: 'Services, data and the code behind them.' }),
    agent('frontend', { description: 'What people see and touch.' }),
    agent('qa', { description: 'Tries to break it before somebody else does.', model: 'ollama/qwen3:14b' }),
    agent('sre', {
      description: 'Deploys, watches, and is woken at night.',
      model: 'rehearsal/scripted',
      modelFrom: 'no key and no local model server were found',
      rehearsal: true,
    }),
  ];
}

/** A conversation with everything a transcript can hold on a good day. */
export function furnish(guildhall: GuildhallDouble): Talk {
  const talk = guildhall.openTalk('backend', 'Why is the export slow?', { costMicroUsd: 48_200 });
  guildhall.record(talk, 't1', { kind: 'message', text: 'The nightly export takes 40 minutes since Tuesday. Can you find out why?', from: 'operator' });
  guildhall.record(talk, 't1', {
    kind: 'model-step',
    text: 'I will look at the export and at what changed on Tuesday.',
    toolCalls: [
      { callId: 'c1', tool: 'search_files', args: { pattern: 'exportOrders', path: 'src' } },
      { callId: 'c2', tool: 'terminal', args: { command: 'git log --since=5.days --oneline -- src/export' } },
      { callId: 'c3', tool: 'read_file', args: { path: '/etc/shadow' } },
    ],
    model: 'anthropic/claude-sonnet-4',
  });
  guildhall.record(talk, 't1', { kind: 'tool-started', callId: 'c1', tool: 'search_files', args: { pattern: 'exportOrders', path: 'src' } });
  guildhall.record(talk, 't1', {
    kind: 'tool-result',
    callId: 'c1',
    tool: 'search_files',
    outcome: 'done',
    text: 'src/export/orders.ts:14\nsrc/export/orders.ts:88\nsrc/jobs/nightly.ts:31',
  });
  guildhall.record(talk, 't1', { kind: 'tool-started', callId: 'c2', tool: 'terminal', args: { command: 'git log --since=5.days --oneline -- src/export' } });
  guildhall.record(talk, 't1', { kind: 'tool-result', callId: 'c2', tool: 'terminal', outcome: 'done', text: '8a41f0c Join customers for the new column\n' });
  guildhall.record(talk, 't1', {
    kind: 'tool-result',
    callId: 'c3',
    tool: 'read_file',
    outcome: 'refused',
    text: 'Refused by policy. read_file: only inside the workspace /srv/guildhall/agents/backend',
    rule: 'read_file: only inside the workspace /srv/guildhall/agents/backend',
  });
  guildhall.record(talk, 't1', {
    kind: 'answer',
    model: 'anthropic/claude-sonnet-4',
    text: [
      'Found it. Commit `8a41f0c` added a join on **customers**, and that column has no index, so every row of the export scans the whole table.',
      '',
      '| step | before | since Tuesday |',
      '|---|---|---|',
      '| read orders | 3 min | 3 min |',
      '| join customers | – | 36 min |',
      '',
      'One line mends it:',
      '',
      '```sql',
      'create index concurrently orders_customer_id on orders (customer_id);',
      '```',
      '',
      'It locks nothing, and the [manual on concurrent indexes](https://www.postgresql.org/docs/current/sql-createindex.html) says what to watch for. Shall I run it on the staging database first?',
    ].join('\n'),
  });
  return talk;
}
