/** Several daemons at one plan, all at once: each verb is done or refused for a reason, nobody waits for another in a circle, and nothing is left half done. */
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { onBothDatabases, severalDaemons, value } from './databases.ts';
import { by, newRun, openedRole, retiring, roleOf, succeeded } from './role-fixtures.ts';
import { request, usage } from './session-fixtures.ts';

const roles = ['developer', 'validator'];
const expected = ['wrong-state', 'lease-held', 'not-found', 'limit-reached', 'stale-claim'];

async function workOnce(store: Store, plan: string, step: number): Promise<readonly { readonly ok: boolean; readonly refusal?: { readonly code: string } }[]> {
  const role = roles[step % roles.length] ?? 'developer';
  const { sessionKey } = roleOf(plan, role);
  const verbs = [
    () => store.roles.invokeRole(newRun({ plan, role }, { ownSession: step % 4 === 0 })),
    () => store.sessions.acceptMessage(request(sessionKey, { agent: 'coder', busy: step % 3 === 0 ? 'interrupt' : 'queue' })),
    async () => {
      const held = await store.sessions.beginTurn(sessionKey, 'node:test', 60_000);
      return held.ok ? store.sessions.finishTurn(held.value.fence, held.value.turn.id, { text: 'done', usage }, null) : held;
    },
    async () => {
      const run = (await store.roles.unsettledRuns(50)).find((unsettled) => unsettled.plan === plan);
      return run === undefined ? { ok: true } : store.roles.settleRun(run.id, succeeded);
    },
    () => store.roles.retireRole(plan, role, { ...retiring, stopRunning: step % 2 === 0 }),
    () => store.roles.reopenRole(plan, role, by),
    () => store.roles.rotateRole(plan, role, { ...by, brief: 'so far' }),
    () => store.roles.changePlan(plan, { packet: `packet ${step}` }, 'operator'),
    () => store.roles.openRole(roleOf(plan, role), 'operator'),
    () => store.sessions.requestSessionCancel(sessionKey, 'operator'),
    () => store.roles.completePlan(plan, [], 'operator'),
    () => store.roles.reopenPlan(plan, 'more', 'operator'),
  ];
  return Promise.all(verbs.map((verb) => verb()));
}

onBothDatabases('one plan', (suite) => {
  test('stands whatever several daemons do to it at once', async () => {
    const daemons = await severalDaemons(suite);
    const { plan } = await openedRole(suite.store);
    value(await suite.store.roles.openRole(roleOf(plan, 'validator'), 'operator'));
    for (let round = 0; round < 6; round += 1) {
      const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => workOnce(daemons.of(index), plan, round + index)));
      const codes = answers.flat().flatMap((answer) => (answer.ok ? [] : [answer.refusal?.code]));
      expect(codes.filter((code) => !expected.includes(code ?? ''))).toEqual([]);
    }
    await daemons.close();
  });
});
