/** Flows that look again whenever something was recorded. */
import type { Clock } from '@guildhall/kernel';
import type { JournalEvent } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { repeatOn } from '../src/flows/repeat.ts';

test('a thousand events during one round are one round more, and stopping waits for no others', async () => {
  const event: JournalEvent = {
    cursor: '1',
    stream: 'plan:p',
    seq: 1,
    type: 'finding.reported',
    at: 0,
    actor: 'operator',
    provenance: null,
    data: {},
    hash: '',
    prevHash: '',
  };
  let hear = () => {};
  const tail: Parameters<typeof repeatOn>[0]['tail'] = {
    on(_types, listener) {
      hear = () => listener(event);
      return () => {};
    },
  };
  const clock: Clock = {
    now: () => 0,
    mono: () => 0,
    sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true })),
  };
  const first = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let rounds = 0;
  const flow = repeatOn({ tail, clock, onFault: ended.reject }, { events: ['finding.reported'], everyMs: 1000 }, async () => {
    rounds += 1;
    if (rounds === 1) await first.promise;
    if (rounds === 2) ended.resolve();
  });
  await Promise.resolve();
  for (let count = 0; count < 1000; count += 1) hear();
  first.resolve();
  await ended.promise;
  hear();
  await flow.stop();
  expect(rounds).toBe(3);
});
