/** What keeps a turn of a role from beginning is said: a refusal ends it with the reason, and a fault that cuts it again and again is named by `why`. */
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findingView, roleRunView } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { plan, planRoute, startRolesWorld } from '../../daemon/test/roles-world.ts';
import { eventually } from '../board/eventually.ts';

test('a workspace in whose place lies something else fails the turn in plain words, and its role is still shown', async () => {
  const world = await startRolesWorld({ rules: [{ say: 'yes' }] });
  await world.operator('POST', '/v1/plans', { id: plan });
  await world.invoke('developer', 'begin');
  const [folder = ''] = readdirSync(path.join(world.place.home, 'plans'));
  const workspace = path.join(world.place.home, 'plans', folder, 'developer');
  expect(existsSync(workspace)).toBe(true);
  renameSync(workspace, `${workspace}-away`);
  writeFileSync(workspace, 'a file');
  expect(await world.invoke('developer', 'go on')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('something that is no folder lies where'),
  });
  expect(await world.role('developer')).toMatchObject({ workspace, activity: 'idle' });
  await world.stop();
});

test('why a turn that is cut by faults does not end is said for the turn, its run and its role', async () => {
  const world = await startRolesWorld({ rules: [{ say: 'yes' }], env: { GUILDHALL_FAILPOINTS: 'turn.after-prepare=throw' } });
  await world.operator('POST', '/v1/plans', { id: plan });
  const run = roleRunView.parse(await world.operator('POST', `${planRoute}/roles/developer/turns`, { task: 'begin' }));
  const why = async (id: string) => z.array(findingView).parse(await world.operator('GET', `/v1/why/${encodeURIComponent(id)}`));
  const cut = /cut by a fault.*turn\.after-prepare/;
  for (const id of [run.turnId ?? '', run.id, `role:${plan}/developer`])
    await eventually(
      () => why(id),
      (findings) => findings.some(({ ok, message }) => !ok && cut.test(message)),
    );
  await world.daemon.kill9();
  world.place.remove();
});
