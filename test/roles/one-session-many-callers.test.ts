/** One role session for a plan and a role, however many ask at once, on one daemon or two, in whatever spelling. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { databases } from '../board/own-database.ts';
import { startDaemonProcess, type DaemonProcess } from '../harness/daemon-process.ts';
import { roleView } from '@guildhall/protocol';
import { rolePath, smallTeam } from './small-team.ts';

const eventPage = z.object({ events: z.array(z.object({ type: z.string() })) });
const spellings = ['developer', 'DEVELOPER', 'Developer', ' dev ', 'ｄｅｖｅｌｏｐｅｒ'];

describe.each(databases)('50 callers at once on %s', (kind, open) => {
  test('one session, opened once', { timeout: 120_000 }, async () => {
    const database = await open();
    const places = kind === 'SQLite' ? [smallTeam()] : [smallTeam(), smallTeam()];
    const daemons: DaemonProcess[] = [];
    for (const place of places) daemons.push(await startDaemonProcess(place, database.start));
    await daemons[0]?.request('POST', '/v1/plans', { id: 'P' });
    const asking = Array.from({ length: 50 }, async (_, n) =>
      daemons[n % daemons.length]?.request('PUT', rolePath('P', spellings[n % spellings.length] ?? ''), {}),
    );
    const answers = await Promise.all(asking);
    expect(answers.map((answer) => answer?.status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(new Set(answers.map((answer) => roleView.parse(answer?.body).sessionKey))).toEqual(new Set(['role:P:developer']));
    const opened = eventPage.parse((await daemons[0]?.request('GET', '/v1/events?stream=plan:P&limit=500'))?.body);
    expect(opened.events.filter(({ type }) => type === 'role.opened')).toHaveLength(1);
    for (const daemon of daemons) await daemon.stop();
    await database.drop();
    for (const place of places) place.remove();
  });
});

test('plans that look alike are two plans, and roles that look alike in another script are refused', { timeout: 60_000 }, async () => {
  const place = smallTeam();
  const daemon = await startDaemonProcess(place);
  const open = async (plan: string, role: string) => daemon.request('PUT', rolePath(plan, role), {});
  const keys = await Promise.all(['A/B', 'a b', 'A b', 'a/b'].map(async (plan) => roleView.parse((await open(plan, 'lead'))?.body).sessionKey));
  expect(new Set(keys).size).toBe(4);
  for (const spelling of ['LEAD', 'lead / pm', 'Lead / PM', 'lead-pm', 'PM'])
    expect((await open('A/B', spelling))?.body).toMatchObject({ plan: 'A/B', role: 'lead' });
  const lookalike = await open('A/B', 'lеad');
  expect(lookalike?.status).toBe(400);
  expect(JSON.stringify(lookalike?.body)).toContain('U+0435');
  expect((await open('A/B', 'leed'))?.status).toBe(404);
  await daemon.stop();
  place.remove();
});
