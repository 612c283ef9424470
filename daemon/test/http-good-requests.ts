/** One good request for every route of the table. */
import type { Route } from '@guildhall/protocol';
import type { TestDoor } from './http-open-door.ts';

export const bodies: Readonly<Record<string, unknown>> = {
  'post /v1/messages': { platform: 'api', chat: 'c', messageId: 'm', text: 'hello' },
  'put /v1/config': { text: 'agents: {}' },
  'post /v1/tokens': { scope: 'read' },
  'post /v1/audit/verify': { streams: [{ name: 'installation', seq: 1, hash: 'f'.repeat(64) }] },
  'post /v1/db/backup': { file: '/tmp/b' },
  'post /v1/chat/completions': { model: 'coder', messages: [{ role: 'user', content: 'hi' }] },
  'post /v1/sign-in': { code: 'nope' },
  'post /v1/boards': { name: 'other' },
  'post /v1/boards/{board}/tasks': { title: 'Sweep the hall' },
  'post /v1/boards/{board}/import': { format: 'hermes', path: '/tmp/kanban.db' },
  'post /v1/links': { parent: 'task_1', child: 'task_2' },
  'delete /v1/links': { parent: 'task_1', child: 'task_2' },
  'patch /v1/tasks/{task}': { priority: 1 },
  'post /v1/tasks/{task}/review': { verdict: 'accept' },
  'post /v1/tasks/{task}/complete': { summary: 'swept' },
  'post /v1/tasks/{task}/block': { kind: 'needs_input', reason: 'which hall?' },
  'post /v1/tasks/{task}/comments': { text: 'half done' },
  'post /v1/tasks/{task}/attachments': { name: 'n', content: 'eA==' },
  'post /v1/tasks/{task}/metadata': { metadata: { a: 1 } },
  'post /v1/tasks/{task}/pull-request': {},
  'post /v1/lanes': { name: 'factory', kind: 'persistent' },
  'post /v1/lanes/{lane}/park': { reason: 'quota' },
  'post /v1/plans': { id: 'A/B' },
  'patch /v1/plans/{plan}': { title: 'Sweep every hall' },
  'post /v1/plans/{plan}/reopen': { reason: 'there is more' },
  'post /v1/plans/{plan}/runs/{run}/answer': { text: 'released' },
  'post /v1/plans/{plan}/findings': { title: 'no tests', severity: 'high', description: 'none at all' },
  'post /v1/plans/{plan}/roles/{role}/turns': { task: 'plan it' },
  'post /v1/plans/{plan}/roles/{role}/retire': { reason: 'done' },
  'post /v1/plans/{plan}/roles/{role}/reopen': { reason: 'not done' },
  'post /v1/plans/{plan}/roles/{role}/rotate': { reason: 'too long' },
  'post /v1/plans/{plan}/roles/{role}/ask': { question: 'why?' },
  'post /v1/findings/{id}/reject': { reason: 'there are tests' },
  'post /v1/findings/{id}/defer': { reason: 'after the release' },
  'post /v1/findings/{id}/ask': { question: 'where?' },
  'post /v1/findings/{id}/answer': { text: 'everywhere' },
  'post /v1/findings/{id}/revalidate': { verdict: 'passed', text: 'there they are' },
  'post /v1/skills': { path: '/tmp/skill' },
  'post /v1/skills/{name}/quarantine': { reason: 'odd' },
  'post /v1/skill-policy/revisions': { text: 'roles: {}' },
  'post /v1/handoffs': { source: 'director', target: 'coder', task: 'Look at the tests.' },
  'post /v1/handoffs/import': { source_session: 'director', target_session: 'coder', task: 'Look at the tests.' },
  'patch /v1/handoffs/{id}': { task: 'Look at every test.' },
  'post /v1/schedules': { name: 'nightly', when: { kind: 'every', ms: 60_000 }, target: { kind: 'agent', agent: 'coder' }, prompt: 'look around' },
};

const queries: Readonly<Record<string, string>> = { 'get /v1/route': '?platform=telegram', 'get /v1/search': '?agent=coder&q=x' };

export function nameOf(route: Route): string {
  return `${route.method} ${route.path}`;
}

/** A path of the route that answers 200 to somebody who may call it. */
export async function pathOf(door: TestDoor, route: Route): Promise<string> {
  const { key } = door.openSession('coder', 'somebody');
  const accepted = await door.operations.acceptMessage(
    { platform: 'api', chat: 'x', messageId: nameOf(route), text: 't' },
    door.issue(['operator']).credential,
  );
  const turn = accepted.ok ? accepted.value.turnId : '';
  const values: Readonly<Record<string, string>> = {
    key,
    rev: '1',
    name: route.path.includes('assets') ? 'page.js' : 'nightly',
    id: idIn(door, route, turn),
    server: 's',
    board: 'default',
    task: 'task_1',
    lane: 'factory',
    plan: 'A/B',
    role: 'Lead / PM',
    run: 'run_1',
  };
  return route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(values[name] ?? '')) + (queries[nameOf(route)] ?? '');
}

function idIn(door: TestDoor, { path }: Route, turn: string): string {
  if (path.includes('turns')) return turn;
  if (path.includes('tokens')) return door.issue(['read']).credential.id;
  return path.includes('standing-approvals') ? 'always_1' : 'coder';
}
