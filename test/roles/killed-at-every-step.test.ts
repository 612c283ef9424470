/** The way of a role from being asked to the closed finding, with the daemon killed at each named point of it: whatever was asked happens once, and the record holds. */
import { roleFailpoints } from '@guildhall/kernel';
import { describe, expect, test } from 'vitest';
import { entryView, findingView, planFindingView, planView, roleHistory, roleRunView, roleView, type RoleView } from '@guildhall/protocol';
import { z } from 'zod';
import { databases } from '../board/own-database.ts';
import { openTeam, planPath, rolePath, runsPath, smallTeam, type Team } from './small-team.ts';

const plan = 'P/1 of a kind';
const developer = rolePath(plan, 'developer');

describe.each(databases)('a daemon on %s killed at each named point of the way of a role', (kind, open) => {
  test.each(pointsOn(kind))('%s: nothing lost, nothing twice', { timeout: 180_000 }, async (point) => {
    const database = await open();
    const place = smallTeam();
    const team = await openTeam(place, { ...database.start, failpoints: `${point}=kill@1` });
    await wholeWay(team);
    expect(team.deaths()).toBe(1);
    await expectWhole(team);
    await team.stop();
    await database.drop();
    place.remove();
  });
});

const findingsPath = `/v1/findings?plan=${encodeURIComponent(plan)}`;
const taskPage = z.object({ tasks: z.array(z.object({ status: z.string() })) });

/** All of them with `npm run crash:roles`, on both databases. A part of them, spread over the way, in every run of the tests. */
function pointsOn(kind: string): readonly (typeof roleFailpoints)[number][] {
  if (process.env['GUILDHALL_EVERY_STEP'] === '1') return roleFailpoints;
  return kind === 'SQLite'
    ? [
        'role.after-invoke',
        'role.after-retire',
        'role.after-reopen',
        'role.after-settle',
        'finding.after-dispose',
        'finding.before-task',
        'finding.after-remediate',
      ]
    : ['role.after-invoke', 'role.after-reopen'];
}

/** Each step looks whether it was done before it is asked for again, as a person would after a crash. */
async function wholeWay(team: Team): Promise<void> {
  await team.ask('POST', '/v1/plans', { id: plan });
  const written = await invoke(team, 'developer', 'write a.txt');
  expect(written.outcome).toBe('succeeded');
  await invoke(team, 'validator', 'look for trouble');
  const [found] = await team.until(z.array(planFindingView), findingsPath, (seen) => seen.length > 0);
  const finding = `/v1/findings/${found?.id ?? ''}`;
  await team.until(roleView, rolePath(plan, 'lead'), ({ entryCount }) => entryCount > 0);
  await once(team, finding, 'reported', () => team.tryOnce('POST', `${finding}/accept`, { reason: 'it is wrong' }));
  await team.until(planFindingView, finding, ({ status }) => status === 'remediated');
  await once(team, finding, 'remediated', () => team.tryOnce('POST', `${finding}/revalidate`, { verdict: 'passed', role: 'validator', text: 'it holds now' }));
  const everybody = `/v1/role-sessions?plan=${encodeURIComponent(plan)}`;
  await team.until(z.array(roleView), everybody, (roles) => roles.every(({ activity }) => activity === 'idle'));
  const ask = (verb: string, body: object) => () => team.tryOnce('POST', `${developer}/${verb}`, body);
  await becomes(team, ({ status }) => status === 'retired', ask('retire', { reason: 'not needed for now' }));
  await becomes(team, ({ status }) => status === 'open', ask('reopen', { reason: 'needed again' }));
  await becomes(team, ({ incarnation }) => incarnation === 3, ask('rotate', { reason: 'the context is long', brief: 'a.txt is written' }));
}

async function invoke(team: Team, role: string, task: string) {
  const asked = roleRunView.parse(await team.ask('POST', `${rolePath(plan, role)}/turns`, { task, requestId: `${role}: ${task}` }));
  return team.until(roleRunView, `${runsPath(plan)}/${asked.id}?waitMs=5000`, ({ status }) => status === 'finished');
}

async function once(team: Team, finding: string, from: string, act: () => Promise<unknown>): Promise<void> {
  while ((await team.read(planFindingView, finding)).status === from) await act();
}

async function becomes(team: Team, holds: (role: RoleView) => boolean, act: () => Promise<unknown>): Promise<void> {
  while (!holds(await team.read(roleView, developer))) await act();
}

async function expectWhole(team: Team): Promise<void> {
  const history = await team.read(roleHistory, `${developer}/history`);
  expect(history.incarnations).toMatchObject([
    { number: 1, begunBy: 'opened', retiredReason: 'not needed for now' },
    { number: 2, begunBy: 'reopened', openedReason: 'needed again' },
    { number: 3, begunBy: 'rotated', openedReason: 'the context is long', retiredReason: null },
  ]);
  const runs = await team.read(z.array(roleRunView), runsPath(plan));
  const asked = runs.filter(({ role }) => role === 'developer').map(({ task }) => task);
  expect(asked.filter((task) => task === 'write a.txt')).toHaveLength(1);
  expect(asked).toHaveLength(2);
  expect(runs.filter(({ role }) => role === 'validator')).toHaveLength(1);
  expect(runs.every(({ status }) => status === 'finished')).toBe(true);
  expect((await team.read(z.array(planFindingView), findingsPath)).map(({ status }) => status)).toEqual(['closed']);
  expect((await team.read(taskPage, '/v1/boards/default/tasks')).tasks.map(({ status }) => status)).toEqual(['done']);
  const entries = await team.read(z.array(entryView), `/v1/sessions/${encodeURIComponent(history.sessionKey)}/entries?limit=500`);
  expect(entries.filter(({ kind, text }) => kind === 'message' && text.includes('write a.txt'))).toHaveLength(1);
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  expect((await team.read(planView, planPath(plan))).blockers).toEqual([]);
  expect((await team.read(z.array(findingView), '/v1/db/verify')).filter(({ ok }) => !ok)).toEqual([]);
}
