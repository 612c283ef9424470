import { systemClock, systemIds } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { holdClaim } from '../src/mcp/held-claims.ts';
import { createMcpSessions } from '../src/mcp/mcp-sessions.ts';

const claim = { token: 'a token', leaseMs: 90_000 };

test('a session is not lost to a crowd of sessions of another credential', () => {
  const sessions = createMcpSessions(
    systemClock,
    systemIds(() => Date.now()),
  );
  const own = sessions.begin('cred_quiet');
  holdClaim(own, 'task_1', claim);
  const first = sessions.begin('cred_loud');
  holdClaim(first, 'task_2', claim);
  for (let count = 0; count < 5_000; count += 1) sessions.begin('cred_loud');
  expect([...expectDone(sessions.find(own.id, 'cred_quiet')).claims.keys()]).toEqual(['task_1']);
  expect(expectDone(sessions.find(first.id, 'cred_loud')).claims.size).toBe(0);
});
