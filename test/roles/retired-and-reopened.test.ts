/** A role with more than 2,000 entries is retired, its daemon is killed and started again, and the role reopened: the same bytes, and both records of why. */
import { describe, expect, test } from 'vitest';
import { entryView, findingView, roleHistory, roleRunView, type EntryView } from '@guildhall/protocol';
import { z } from 'zod';
import { databases } from '../board/own-database.ts';
import { startDaemonProcess, type DaemonProcess } from '../harness/daemon-process.ts';
import { rolePath, runsPath, smallTeam } from './small-team.ts';

const developer = rolePath('P', 'developer');
const runs = 32;
/** The task, the step, thirty calls with their results, the answer. */
const entriesOfRun = 63;

describe.each(databases)('a long role session on %s', (_, open) => {
  test('keeps every byte through retirement, a new daemon and reopening', { timeout: 240_000 }, async () => {
    const database = await open();
    const place = smallTeam();
    const first = await startDaemonProcess(place, database.start);
    await first.request('POST', '/v1/plans', { id: 'P' });
    let last = '';
    for (let n = 0; n < runs; n += 1) {
      const asked = roleRunView.parse((await first.request('POST', `${developer}/turns`, { task: `write thirty files named note-${n}` }))?.body);
      last = asked.id;
      if (n % 8 === 7) await first.request('GET', `${runsPath('P')}/${last}?waitMs=60000`);
    }
    await first.request('GET', `${runsPath('P')}/${last}?waitMs=60000`);
    const before = await transcript(first);
    expect(before).toHaveLength(runs * entriesOfRun);
    expect((await first.request('POST', `${developer}/retire`, { reason: 'the module is done' }))?.status).toBe(200);
    const refused = await first.request('POST', `${developer}/turns`, { task: 'write more.txt' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect(JSON.stringify(refused?.body)).toContain('roles reopen');
    await first.kill9();

    const second = await startDaemonProcess(place, database.start);
    expect((await second.request('GET', developer))?.body).toMatchObject({ status: 'retired', retiredReason: 'the module is done' });
    expect((await second.request('POST', `${developer}/reopen`, { reason: 'a reader found a fault' }))?.status).toBe(200);
    const after = await transcript(second);
    expect(JSON.stringify(after)).toBe(JSON.stringify(before));
    const history = roleHistory.parse((await second.request('GET', `${developer}/history`))?.body);
    expect(history.incarnations).toMatchObject([
      { number: 1, begunBy: 'opened', retiredReason: 'the module is done', firstSeq: 1, lastSeq: runs * entriesOfRun, turns: runs },
      { number: 2, begunBy: 'reopened', openedReason: 'a reader found a fault', retiredReason: null },
    ]);
    const again = roleRunView.parse((await second.request('POST', `${developer}/turns`, { task: 'write again.txt' }))?.body);
    const done = (await second.request('GET', `${runsPath('P')}/${again.id}?waitMs=30000`))?.body;
    expect(done).toMatchObject({ outcome: 'succeeded', incarnation: 2 });
    expect((await second.request('GET', developer))?.body).toMatchObject({
      status: 'open',
      incarnation: 2,
      sessionKey: 'role:P:developer',
    });
    const checks = z.array(findingView).parse((await second.request('GET', '/v1/db/verify'))?.body);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    await second.stop();
    await database.drop();
    place.remove();
  });
});

async function transcript(daemon: DaemonProcess): Promise<readonly EntryView[]> {
  const entries: EntryView[] = [];
  for (;;) {
    const page = z
      .array(entryView)
      .parse((await daemon.request('GET', `/v1/sessions/${encodeURIComponent('role:P:developer')}/entries?limit=500&after=${entries.length}`))?.body);
    entries.push(...page);
    if (page.length === 0) return entries;
  }
}
