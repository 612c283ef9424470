import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@guildhall/kernel';
import type { AttachmentRequest, CompleteRequest, TaskDetail, TaskRequest, TaskView } from '@guildhall/protocol';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { KanbanPort, OwnTask } from '../src/kanban/kanban-port.ts';
import { shortenTask } from '../src/kanban/shorten-task.ts';
import { bareAgent, catalogueFor, portsInMemory, toolNamed } from './catalogue-support.ts';
import { call, canonical, contextFor, freshWorkspace } from './support.ts';

const names = (tools: readonly { readonly name: string }[]) => tools.map(({ name }) => name).toSorted((a, b) => (a < b ? -1 : 1));

const card: TaskView = {
  id: 'task_own',
  board: 'shop',
  title: 'Paint',
  body: '',
  status: 'running',
  assignee: 'coder',
  assigneeState: 'available',
  priority: 0,
  labels: [],
  startAt: null,
  acceptance: [],
  review: 'none',
  reviewer: 'operator',
  evidenceRequired: false,
  maxAttempts: 3,
  maxRuntimeMs: null,
  metadata: {},
  workspace: { kind: 'scratch' },
  attempts: 0,
  openParents: 0,
  block: null,
  lane: 'coder',
  runId: 'run_1',
  createdBy: 'operator',
  createdAt: 1,
  updatedAt: 1,
  readyAt: null,
  endedAt: null,
  verbs: [],
};

const detailOf = (task: Partial<TaskView>, more: Partial<TaskDetail> = {}): TaskDetail => ({
  task: { ...card, ...task },
  runs: [],
  links: { parents: [], children: [] },
  comments: [],
  attachments: [],
  claim: null,
  ...more,
});

/** A board with a task that this turn holds, one the agent made, and one of somebody else; it remembers what it was asked. */
function boardInMemory(own: OwnTask | undefined) {
  const asked: [string, unknown][] = [];
  const attached: AttachmentRequest[] = [];
  const done = <T>(verb: string, what: unknown, value: T) => {
    asked.push([verb, what]);
    return { ok: true, value } as const;
  };
  const port: KanbanPort = {
    ownTask: async () => own,
    readTask: async (task) => {
      const createdBy = task === 'task_made' ? 'agent:coder' : 'operator';
      if (!['task_own', 'task_made', 'task_other'].includes(task)) return { ok: false, refusal: { code: 'not-found', message: `there is no task ${task}` } };
      const attachments = attached.map((file, index) => {
        const bytes = Buffer.from(file.content, 'base64');
        return { id: `file_${index}`, name: file.name, mediaType: 'x/y', bytes: bytes.length, sha256: sha256(bytes), author: 'a', at: 1 };
      });
      return { ok: true, value: detailOf({ id: task, createdBy }, { attachments }) };
    },
    listTasks: async (board, query) =>
      done('list', { board, ...query }, { tasks: [card, { ...card, id: 'task_old', status: 'archived' as const }], next: null }),
    createTask: async (board, request) => done('create', { board, ...request }, { ...card, id: 'task_new', status: 'ready' as const, existing: false }),
    completeTask: async (task, request) => done('complete', { task, ...request }, { ...card, status: 'done' as const }),
    blockTask: async (task, request) => done('block', { task, ...request }, { ...card, status: 'blocked' as const }),
    unblockTask: async (task) => done('unblock', task, { ...card, status: 'ready' as const }),
    heartbeat: async (task, request) => done('heartbeat', { task, ...request }, { expiresAt: 2, expiresInMs: 1 }),
    comment: async (task, text) => done('comment', { task, text }, { id: 'comment_1', author: 'a', text, at: 1 }),
    linkTasks: async (parent, child) => done('link', { parent, child }, card),
    attach: async (task, file) => {
      attached.push(file);
      return done('attach', { task, name: file.name }, { id: 'file_1', name: file.name, mediaType: 'x/y', bytes: 1, sha256: 's', author: 'a', at: 1 });
    },
    readAttachment: async (_task, id) =>
      done('read', id, {
        name: 'notes.txt',
        mediaType: 'text/plain',
        content: Buffer.from(id === 'binary' ? [0, 255, 0] : 'plain \u001b[31mred').toString('base64'),
      }),
  };
  return { port, asked };
}

async function toolsWith(holdsTask = true) {
  const { workspace } = await freshWorkspace();
  const { port, asked } = boardInMemory(holdsTask ? { task: 'task_own', board: 'shop', runId: 'run_1' } : undefined);
  const tools = catalogueFor(workspace, bareAgent, { ports: portsInMemory({ kanban: port }) });
  const context = contextFor(workspace);
  return { workspace, asked, tools, context, use: async (name: string, args: object = {}) => call(await toolNamed(tools, name), { ...args }, context) };
}

describe('the kanban tools', () => {
  it('are offered where there is a board, strict in what they take, and honest about whose words they bring', async () => {
    const { tools } = await toolsWith();
    const offered = (await tools.toolsFor('coder')).filter(({ name }) => name.startsWith('kanban_'));
    expect(offered).toHaveLength(11);
    for (const tool of offered) {
      expect(z.toJSONSchema(tool.input, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool.input.safeParse({ surely_not_a_field: 1 }).success).toBe(false);
    }
    expect(names(offered.filter(({ untrusted }) => untrusted))).toEqual(['kanban_attachments', 'kanban_list', 'kanban_show']);
    expect(names(offered.filter(({ idempotent }) => !idempotent))).toEqual([
      'kanban_attach',
      'kanban_block',
      'kanban_comment',
      'kanban_complete',
      'kanban_unblock',
    ]);
    const { workspace } = await freshWorkspace();
    expect(names(await catalogueFor(workspace, bareAgent).toolsFor('coder')).filter((name) => name.startsWith('kanban_'))).toEqual([]);
  });

  it('mean the task of the turn when none is named, and say so to the gate', async () => {
    const { tools, context } = await toolsWith();
    for (const [name, args] of [
      ['kanban_show', {}],
      ['kanban_complete', { summary: 's' }],
      ['kanban_block', { reason: 'r' }],
      ['kanban_heartbeat', {}],
      ['kanban_comment', { body: 'b' }],
      ['kanban_attachments', {}],
    ] as const) {
      const tool = await toolNamed(tools, name);
      const first = await canonical(tool, args, context);
      expect(first, name).toMatchObject({ ok: true, value: { task_id: 'task_own' } });
      expect(first.ok && (await canonical(tool, first.value, context)), name).toEqual(first);
    }
  });

  it('complete, block and heartbeat only that task; without one they are refused in words', async () => {
    const own = await toolsWith();
    const none = await toolsWith(false);
    for (const [name, args] of [
      ['kanban_complete', { summary: 's' }],
      ['kanban_block', { reason: 'r' }],
      ['kanban_heartbeat', {}],
    ] as const) {
      expect(await own.use(name, { ...args, task_id: 'task_other' })).toMatchObject({
        isError: true,
        text: expect.stringContaining('holds task_own'),
        data: { refused: 'not-allowed' },
      });
      expect(await none.use(name, { ...args, task_id: 'task_own' })).toMatchObject({
        isError: true,
        text: expect.stringContaining('holds no task'),
        data: { refused: 'not-allowed' },
      });
    }
    expect([...own.asked, ...none.asked]).toEqual([]);
    expect(await own.use('kanban_heartbeat', { board: 'elsewhere' })).toMatchObject({ isError: true, data: { refused: 'not-found' } });
    expect((await none.use('kanban_comment', { task_id: 'task_other', body: 'I know something' })).isError).toBe(false);
  });

  it('complete with evidence, attach the files that are the result once, and refuse ids that were made up', async () => {
    const { use, asked, workspace } = await toolsWith();
    await mkdir(join(workspace, 'out'));
    await writeFile(join(workspace, 'out/report.txt'), 'fine');
    const args = { result: 'Painted.', evidence: [{ kind: 'check', text: 'looked', criterion: 1 }], artifacts: ['out/report.txt', 'https://example.org/x'] };
    expect(await use('kanban_complete', { ...args, created_cards: ['task_made', 'task_other', 'task_gone'] })).toMatchObject({
      isError: true,
      text: expect.stringContaining('task_other, task_gone'),
    });
    expect(await use('kanban_complete', { ...args, artifacts: ['out/none.txt'] })).toMatchObject({
      isError: true,
      text: expect.stringContaining('out/none.txt'),
    });
    expect(await use('kanban_complete', { ...args, artifacts: ['../secret'] })).toMatchObject({ isError: true, data: { refused: 'outside-workspace' } });
    expect(asked).toEqual([]);
    for (const _ of ['first', 'again'])
      expect((await use('kanban_complete', { ...args, created_cards: ['task_made'], metadata: { tests_run: 3 } })).isError).toBe(false);
    const request: Partial<CompleteRequest> = {
      summary: 'Painted.',
      evidence: [{ kind: 'check', text: 'looked', criterion: 1 }],
      artifacts: [
        { name: 'report.txt', path: 'out/report.txt' },
        { name: 'https://example.org/x', url: 'https://example.org/x' },
      ],
      metadata: { tests_run: 3, created_cards: ['task_made'] },
      runId: 'run_1',
    };
    expect(asked.map(([verb]) => verb)).toEqual(['attach', 'complete', 'complete']);
    expect(asked[1]).toEqual(['complete', expect.objectContaining(request)]);
    expect((await use('kanban_complete', {})).isError).toBe(true);
    expect((await use('kanban_complete', { summary: 'a', result: 'b' })).isError).toBe(true);
  });

  it('create a task on the board of the turn, known by its call, and ask before it leaves its own folder', async () => {
    const { use, asked, tools, context } = await toolsWith();
    const args = {
      title: ' Sand ',
      assignee: 'smith',
      tenant: 'north',
      max_runtime_seconds: 60,
      skills: ['sanding'],
      initial_status: 'blocked',
      parents: ['task_own'],
    };
    expect((await use('kanban_create', args)).text).toContain('"task_id":"task_new"');
    const request: Partial<TaskRequest> & { readonly board: string } = {
      board: 'shop',
      title: 'Sand',
      labels: ['tenant:north'],
      maxRuntimeMs: 60_000,
      metadata: { skills: ['sanding'] },
      triage: true,
      parents: ['task_own'],
      workspace: { kind: 'scratch' },
      idempotencyKey: `${context.turnId}.${context.callId}`,
    };
    expect(asked).toEqual([['create', expect.objectContaining(request)]]);
    const tool = await toolNamed(tools, 'kanban_create');
    const there = await canonical(tool, { title: 't', assignee: 'a', workspace_kind: 'dir', workspace_path: '/etc' }, context);
    expect(there.ok && tool.danger(there.value, context)).toContain('/etc');
    for (const wrong of [{ workspace_kind: 'dir' }, { workspace_path: '/etc' }, { workspace_kind: 'worktree', workspace_path: 'relative' }])
      expect((await use('kanban_create', { title: 't', assignee: 'a', ...wrong })).isError).toBe(true);
  });

  it('list without what is put away, block with a kind, attach by path, and read an attachment that is text', async () => {
    const { use, asked, workspace } = await toolsWith();
    const listed = await use('kanban_list', { tenant: 'north', limit: 5 });
    expect(listed.text).toContain('task_own');
    expect(listed.text).not.toContain('task_old');
    expect((await use('kanban_list', { include_archived: true })).text).toContain('task_old');
    expect(asked[0]).toEqual(['list', { board: 'shop', label: 'tenant:north', limit: 5 }]);
    await use('kanban_block', { reason: 'flaky', kind: 'transient', retry_after_seconds: 2 });
    expect(asked.at(-1)).toEqual(['block', { task: 'task_own', reason: 'flaky', kind: 'transient', retryAfterMs: 2000 }]);
    expect((await use('kanban_block', { reason: 'r', depends_on: ['task_other'] })).isError).toBe(true);
    await writeFile(join(workspace, 'a.bin'), 'x');
    await use('kanban_attach', { path: './a.bin' });
    expect(asked.at(-1)).toEqual(['attach', { task: 'task_own', name: 'a.bin' }]);
    await use('kanban_attach', { content_base64: 'eA==', filename: '../../etc/b.txt', task_id: 'task_other' });
    expect(asked.at(-1)).toEqual(['attach', { task: 'task_other', name: 'b.txt' }]);
    for (const wrong of [{}, { content_base64: 'eA==' }, { path: '../x' }, { path: 'a.bin', content_base64: 'eA==' }])
      expect((await use('kanban_attach', wrong)).isError).toBe(true);
    expect((await use('kanban_attachments', { attachment_id: 'text' })).text).toBe('plain \\u{1b}[31mred');
    expect((await use('kanban_attachments', { attachment_id: 'binary' })).isError).toBe(true);
    expect((await use('kanban_link', { parent_id: 'task_own', child_id: 'task_own' })).isError).toBe(true);
  });
});

it('a task is shortened for a model where it grows without end, and says what is left out', () => {
  const comments = Array.from({ length: 40 }, (_, index) => ({ id: `c${index}`, author: 'a', text: index === 39 ? 'x'.repeat(5000) : 'short', at: index }));
  const short = shortenTask(detailOf({ body: 'y'.repeat(30_000) }, { comments }));
  expect(short.comments).toHaveLength(30);
  expect(short.comments.at(-1)?.text).toContain('[cut: 1000 more characters]');
  expect(short.task.body).toContain('[cut: 10000 more characters]');
  expect(short.leftOut).toEqual({ comments: 10 });
  expect(shortenTask(detailOf({})).leftOut).toBeUndefined();
});
