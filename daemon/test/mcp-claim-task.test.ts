/** A task that is won in the moment its client leaves goes back at once, instead of waiting for a lease nobody renews. */
import { systemClock } from '@guildhall/kernel';
import { done } from '@guildhall/protocol';
import { expect, it } from 'vitest';
import type { BoardOperations } from '../src/board-operations.ts';
import { claimTaskTool } from '../src/mcp/claim-task.ts';
import type { ToolCall } from '../src/mcp/mcp-tool.ts';
import { createFakeBoard } from './http-fake-board.ts';

it.each([
  ['leaves while the task is won', true],
  ['stays', false],
])('a client that %s', async (_what, leaves) => {
  const leave = new AbortController();
  const fake = createFakeBoard([]);
  const released: string[] = [];
  const board: BoardOperations = {
    ...fake,
    async claim(...asked) {
      const won = await fake.claim(...asked);
      if (leaves) leave.abort();
      return won;
    },
    async release(task, reason, by) {
      released.push(task);
      expect(by).toMatchObject({ claimToken: expect.stringMatching(/./u) });
      return fake.release(task, reason, by);
    },
  };
  const session: NonNullable<ToolCall['session']> = {
    id: 'mcp_1',
    claims: new Map(),
    running: new Map(),
    onClaim: new Set(),
    client: undefined,
    lastRequestAt: 0,
  };
  const answer = await claimTaskTool(board, systemClock).run(
    { wait_seconds: 0 },
    {
      by: { id: 'cred_1', scopes: ['lane:factory'], label: '', createdAt: 1 },
      laneHeader: undefined,
      claimHeader: undefined,
      session,
      requestId: undefined,
      client: undefined,
      signal: leave.signal,
      progress: () => undefined,
    },
  );
  expect(answer).toMatchObject(leaves ? { ok: false, refusal: { code: 'timed-out' } } : done({ claimed: true }));
  expect({ released, held: [...session.claims.keys()] }).toEqual(leaves ? { released: ['task_1'], held: [] } : { released: [], held: ['task_1'] });
});
