/** The test daemon with a board behind it that answers every request sensibly and keeps what it was sent. */
import type { Json } from '@guildhall/protocol';
import { sampleAttachment, sampleBoard, sampleClaim, sampleComment, sampleDetail, sampleLane, sampleTask } from './sample-board.ts';
import { sampleEvent } from './sample-views.ts';
import { startTestDaemon, type TestDaemon, type TestRequest } from './test-daemon.ts';

export interface KanbanDaemon extends TestDaemon {
  /** Every request that changes something, in order. */
  readonly sent: { readonly route: string; readonly params: TestRequest['params']; readonly body: Json; readonly claimToken: string | undefined }[];
}

export async function startKanbanDaemon(): Promise<KanbanDaemon> {
  const daemon = await startTestDaemon();
  const sent: KanbanDaemon['sent'] = [];
  const on = (route: Parameters<TestDaemon['on']>[0], answer: (request: TestRequest) => unknown) =>
    daemon.on(route, (request) => {
      const token = request.headers['claim-token'];
      sent.push({ route, params: request.params, body: request.body, claimToken: typeof token === 'string' ? token : undefined });
      return answer(request);
    });
  daemon.on('get /v1/boards', () => [sampleBoard]);
  daemon.on('get /v1/boards/{board}', () => ({
    board: sampleBoard,
    columns: [
      { status: 'ready', count: 1, more: false, tasks: [sampleTask()] },
      { status: 'done', count: 0, more: false, tasks: [] },
    ],
  }));
  daemon.on('get /v1/boards/{board}/tasks', () => ({ tasks: [sampleTask()], next: null }));
  daemon.on('get /v1/tasks/{task}', () => sampleDetail());
  daemon.on('get /v1/tasks/{task}/attachments/{id}', () => ({
    name: 'report.txt',
    mediaType: 'text/plain',
    content: Buffer.from('hello\n').toString('base64'),
  }));
  daemon.on('get /v1/tasks/{task}/diff', () => ({ branch: 'b', base: 'main', files: 1, insertions: 1, deletions: 0, text: '+one', cut: false }));
  daemon.on('get /v1/lanes', () => [sampleLane()]);
  daemon.on('get /v1/lanes/{lane}', () => sampleLane());
  for (const route of ['get /v1/events', 'get /v1/lanes/{lane}/watch'] as const)
    daemon.on(route, ({ response, headers }) => {
      // What was seen is not told again: a stream that is taken up behind the last event stays open and silent.
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (headers['last-event-id'] === undefined) response.write(`id: c1\ndata: ${JSON.stringify(sampleEvent({ type: 'task.claimed' }))}\n\n`);
      return undefined;
    });
  on('post /v1/boards', () => sampleBoard);
  on('post /v1/boards/{board}/tasks', () => ({ ...sampleTask(), existing: false }));
  on('post /v1/boards/{board}/import', () => ({ format: 'hermes', dryRun: true, found: { tasks: 3 }, imported: { tasks: 2 }, skipped: [] }));
  on('post /v1/links', () => sampleTask({ status: 'todo', openParents: 1 }));
  on('delete /v1/links', () => sampleTask());
  on('patch /v1/tasks/{task}', () => sampleTask());
  for (const verb of ['specify', 'unblock', 'reclaim', 'archive', 'review', 'complete', 'block', 'release', 'metadata'] as const)
    on(`post /v1/tasks/{task}/${verb}`, () => sampleTask());
  on('post /v1/tasks/{task}/heartbeat', () => ({ expiresAt: Date.now() + 90_000, expiresInMs: 90_000 }));
  on('post /v1/tasks/{task}/comments', () => sampleComment);
  on('post /v1/tasks/{task}/attachments', () => sampleAttachment);
  on('post /v1/tasks/{task}/pull-request', () => ({ id: 'tsk_1', branch: 'b', base: 'main', remote: 'origin', url: 'https://example.org/pr/7' }));
  on('post /v1/lanes', () => ({ lane: sampleLane(), token: 'ghlane_secret' }));
  on('post /v1/lanes/{lane}/rotate-token', () => ({ lane: sampleLane(), token: 'ghlane_second' }));
  on('post /v1/lanes/{lane}/claims', () => sampleClaim());
  on('post /v1/lanes/{lane}/drain', () => sampleLane({ state: 'drained' }));
  on('post /v1/lanes/{lane}/resume', () => sampleLane());
  on('post /v1/lanes/{lane}/park', () => sampleLane({ state: 'parked', parked: { reason: 'the quota is used up', until: null } }));
  on('delete /v1/lanes/{lane}', () => sampleLane({ state: 'unregistered' }));
  return Object.assign(daemon, { sent });
}
