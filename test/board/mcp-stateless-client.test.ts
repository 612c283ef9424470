/** The official client of the stateless revision, which keeps no session, as a lane; and the same client as it speaks to older servers. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentsFolder, hasStatelessClient } from '../../scripts/coding-agents.ts';
import { startBoardWorld, type BoardWorld } from './board-world.ts';

const installed = hasStatelessClient();
const needsClient = installed ? '' : ' (skipped: @modelcontextprotocol/client is not installed in test/agents; npm test installs it)';

let world: BoardWorld;

beforeAll(async () => {
  world = await startBoardWorld();
});
afterAll(() => world.stop());

test.skipIf(!installed).each([
  ['auto', '2026-07-28'],
  ['legacy', '2025-11-25'],
])(`the client that negotiates "%s" speaks %s, and takes a task from ready to done${needsClient}`, async (mode, version) => {
  const lane = await world.registerLane(`stateless-${mode}`);
  const task = await world.createTask({ title: 'Anything', assignee: lane.name, evidenceRequired: true });
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(agentsFolder, 'stateless-lane.mjs'), world.daemon().url, lane.token, mode], {
    timeout: 50_000,
  });
  expect(JSON.parse(stdout)).toMatchObject({
    version,
    instructions: expect.stringContaining('claim_task'),
    tools: expect.arrayContaining(['claim_task', 'complete_task']),
    withoutToken: version === '2026-07-28' ? { error: { code: 'not-allowed' } } : { expiresInMs: expect.any(Number) },
    beat: { expiresInMs: expect.any(Number) },
    completed: { task_id: task.id, status: 'done' },
  });
  expect((await world.readTask(task.id)).runs).toMatchObject([{ outcome: 'completed', evidence: [{ kind: 'note', text: 'seen' }] }]);
});
