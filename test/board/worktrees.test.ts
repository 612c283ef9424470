/** From a card to a branch of its own, to what was changed, to a pull request in a plain remote; with a real daemon, a real worker and real git. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffView, pullRequestView } from '@guildhall/protocol';
import { createRepositories, type Repositories } from '../../daemon/test/git-repositories.ts';
import { eventsOf } from '../e2e/conversation.ts';
import { startBoardWorld, type BoardWorld } from './board-world.ts';
import { eventually } from './eventually.ts';

const script = path.join(import.meta.dirname, 'dispatched-worker.ts');
let world: BoardWorld;
let place: Repositories;

beforeAll(async () => {
  place = createRepositories();
  world = await startBoardWorld();
  const started = path.join(world.place.home, 'started');
  const complete = `exec "${process.execPath}" "${script}" complete "${started}"`;
  const commit = 'git -c user.name=W -c user.email=w@localhost commit -q';
  const works = `printf 'made\\n' > made.txt && git add . && ${commit} -m Made && printf 'loose\\n' > loose.txt && ${complete}`;
  await world.registerLane('factory', { kind: 'spawnable', command: ['/bin/sh', '-c', works] });
  await world.registerLane('idle', { kind: 'spawnable', command: ['/bin/sh', '-c', complete] });
});
afterAll(async () => {
  await world.stop();
  place.remove();
});

const finished = async (assignee: string) => {
  const { id } = await world.createTask({ title: 'Make it', assignee, workspace: { kind: 'worktree', repository: place.repository } });
  await eventually(
    () => world.readTask(id),
    ({ task }) => task.status === 'done',
  );
  return id;
};

test('card → branch → diff → pull request, once however often it is asked for', async () => {
  const id = await finished('factory');
  const diff = diffView.parse(await world.operator('GET', `/v1/tasks/${id}/diff`));
  expect(diff).toMatchObject({ branch: `guildhall/${id}`, base: 'main', files: 3, cut: false });
  expect(diff.text).toContain('+made');
  expect(diff.text).toContain('+loose');

  const first = pullRequestView.parse(await world.operator('POST', `/v1/tasks/${id}/pull-request`, { remote: 'origin' }));
  const again = pullRequestView.parse(await world.operator('POST', `/v1/tasks/${id}/pull-request`, { remote: 'origin' }));
  expect(again).toEqual(first);
  expect(first).toMatchObject({ id: '1', branch: `guildhall/${id}`, base: 'main', remote: 'origin' });
  const head = place.git(place.remote, 'rev-parse', 'refs/pull/1/head');
  expect(head).toBe(place.git(place.remote, 'rev-parse', `refs/heads/guildhall/${id}`));
  expect(place.git(place.remote, 'cat-file', 'tag', 'refs/pull/1/request')).toContain(`Task: ${id}`);
  expect(place.git(place.remote, 'show', '--format=', '--name-only', 'refs/pull/1/head').trim()).toBe('made.txt');

  expect((await world.readTask(id)).task.metadata).toMatchObject({ pullRequest: { url: first.url } });
  const told = (await eventsOf(world.daemon(), 'board:default')).filter(({ type, data }) => type === 'task.annotated' && data?.['task'] === id);
  expect(told.length).toBeGreaterThan(0);
});

test('without a commit there is nothing to ask for, and without such a remote nobody to ask', async () => {
  const id = await finished('idle');
  const nothing = await world.daemon().request('POST', `/v1/tasks/${id}/pull-request`, { remote: 'origin' });
  expect(nothing).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
  for (const remote of ['elsewhere', '--upload-pack=touch', 'ext::sh -c touch'])
    expect(await world.daemon().request('POST', `/v1/tasks/${id}/pull-request`, { remote })).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
});

test('a task without a worktree has no branch to compare', async () => {
  const { id } = await world.createTask({ title: 'Talk' });
  expect(await world.daemon().request('GET', `/v1/tasks/${id}/diff`)).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
});

test('the archived task takes its runs along, and a worktree in which something would be lost stays', async () => {
  const id = await finished('factory');
  const { runs } = await world.readTask(id);
  const folder = (of: string, name: string) => path.join(world.place.home, 'kanban', of, name);
  await world.operator('POST', `/v1/tasks/${id}/archive`, {});
  await eventually(
    async () => runs.some((run) => existsSync(folder('runs', run.id))),
    (some) => !some,
  );
  expect(existsSync(folder('workspaces', id))).toBe(true);
});
