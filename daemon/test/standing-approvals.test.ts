/** Commands that a person allowed for always, asked for and revoked through the door of a running daemon. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { approvalView, standingApprovalView, type ApprovalView } from '@guildhall/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ask, ending, eventsOf, findApproval, pendingApproval, send, until } from '../../test/e2e/conversation.ts';
import { type HandoffsWorld, backendKey, startHandoffsWorld } from './handoffs-world.ts';

const command = ['sh', 'sweep.sh'];
let world: HandoffsWorld;
let folder: string;

beforeAll(async () => {
  const rules = [{ match: { text: 'sweep' }, steps: [{ call: { tool: 'terminal', args: { command } } }, { say: 'I saw: {result}' }] }];
  world = await startHandoffsWorld({ rules });
  folder = path.join(world.place.home, 'agents', 'backend');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'sweep.sh'), 'echo the hall is swept');
});
afterAll(() => world?.stop());

const standing = async () => z.array(standingApprovalView).parse(await world.operator('GET', '/v1/standing-approvals'));
const answer = (id: string, verdict: 'approve' | 'deny', body: object) => world.daemon.request('POST', `/v1/approvals/${id}/${verdict}`, body);
const refused = (code: string, status: number) => ({ status, body: { code } });

async function asked(turnId: string): Promise<ApprovalView> {
  return pendingApproval(world.daemon, turnId);
}

test('one yes for always lets exactly that run until it is forgotten', async () => {
  const first = await send(world.daemon, 'backend', 'sweep');
  const approval = await asked(first.turnId);
  expect(approval).toMatchObject({ always: true, bound: { argv: command, cwd: '.', files: [{ path: 'sweep.sh' }] } });
  expect(await answer(approval.id, 'deny', { always: true })).toMatchObject({ status: 400 });
  expect(approvalView.parse((await answer(approval.id, 'approve', { always: true }))?.body)).toMatchObject({ status: 'approved' });
  expect((await ending(world.daemon, first.turnId)).answer).toContain('the hall is swept');
  expect((await ask(world.daemon, 'backend', 'sweep', 'another desk')).answer).toContain('the hall is swept');

  const [given] = await standing();
  expect(given).toMatchObject({ agent: 'backend', tool: 'terminal', grantedBy: 'operator', uses: 1, bound: approval.bound });
  const forgotten = await world.operator('DELETE', `/v1/standing-approvals/${given?.id ?? ''}`);
  expect(standingApprovalView.parse(forgotten).revokedAt).toBeGreaterThan(0);
  const types = (await eventsOf(world.daemon, 'installation')).map(({ type }) => type);
  expect(types.filter((type) => type.startsWith('approval.'))).toEqual(['approval.remembered', 'approval.forgotten']);
  expect(await world.daemon.request('DELETE', '/v1/standing-approvals/always_none')).toMatchObject(refused('not-found', 404));

  const again = await send(world.daemon, 'backend', 'sweep');
  await answer((await asked(again.turnId)).id, 'deny', {});
  expect((await ending(world.daemon, again.turnId)).answer).not.toContain('the hall is swept');
});

test('work that was handed over with something forbidden asks all the same, and cannot be allowed for always', async () => {
  const turn = await send(world.daemon, 'backend', 'sweep');
  await answer((await asked(turn.turnId)).id, 'approve', { always: true });
  await ending(world.daemon, turn.turnId);
  expect((await ask(world.daemon, 'backend', 'sweep')).answer).toContain('the hall is swept');

  const handoff = await world.dispatch('backend', 'sweep', { riskLevel: 'low', forbiddenActions: ['db_write'] });
  const { turnId } = await world.reaches(handoff.id, 'running');
  const question = await until('the question', () => findApproval(world.daemon, turnId ?? ''));
  expect(question).toMatchObject({ always: false, sessionKey: backendKey });
  expect(await answer(question.id, 'approve', { always: true })).toMatchObject(refused('not-allowed', 403));
  expect(await answer(question.id, 'approve', {})).toMatchObject({ status: 200 });
  expect((await world.ended(handoff.id)).result).toContain('the hall is swept');
});

test('a handoff is never allowed for always', async () => {
  const handoff = await world.dispatch('backend', 'sweep everything', { riskLevel: 'dangerous' });
  expect(handoff.status).toBe('awaiting-approval');
  const question = await world.approval(handoff.id);
  expect(question.always).toBe(false);
  expect(await answer(question.id, 'approve', { always: true })).toMatchObject(refused('not-allowed', 403));
  expect((await world.approval(handoff.id)).status).toBe('pending');
});
