/** Conversations of roles among all the others: how they are listed, that nobody talks into them, and what the daemon says of work that waits. */
import { findingView, issuedCredential, planFindingView, roleRunView, sessionView, statusView } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { eventsOf, rehearsalOf, until } from './conversation.ts';

let place: DaemonHome;
let daemon: DaemonProcess;
const plan = '/v1/plans/A%2FB';

beforeAll(async () => {
  place = createHome(
    'model: rehearsal/default\nagents:\n  coder: { tools: coding }\nroles:\n  release: { person: true }\n',
    rehearsalOf([{ say: 'It is in src/parser.ts.' }]),
  );
  daemon = await startDaemonProcess(place);
  expect((await daemon.request('POST', '/v1/plans', { id: 'A/B', title: 'Parser' }))?.status).toBe(201);
});

afterAll(async () => {
  await daemon.stop();
  place.remove();
});

async function invoke(role: string, more: object = {}) {
  const answer = await daemon.request('POST', `${plan}/roles/${role}/turns`, { task: 'Write the parser', ...more });
  expect(answer?.status).toBe(202);
  return roleRunView.parse(answer?.body);
}

async function ended(id: string) {
  return roleRunView.parse((await daemon.request('GET', `${plan}/runs/${id}?waitMs=20000`))?.body);
}

async function sessionsOf(agent: string) {
  const answer = await daemon.request('GET', `/v1/sessions?agent=${agent}`);
  return z.object({ sessions: z.array(sessionView) }).parse(answer?.body).sessions;
}

async function why(id: string) {
  return z.array(findingView).parse((await daemon.request('GET', `/v1/why/${encodeURIComponent(id)}`))?.body);
}

describe('conversations of roles', () => {
  test("take no message but the operator's in the session of a role that is open, and nothing begins", async () => {
    const own = await ended((await invoke('developer')).id);
    const alone = await ended((await invoke('developer', { mode: 'delegated' })).id);
    await daemon.request('PUT', `${plan}/roles/validator`);
    await daemon.request('POST', `${plan}/roles/validator/retire`, { reason: 'none' });
    await daemon.request('PUT', `${plan}/roles/release`);
    const agent = issuedCredential.parse((await daemon.request('POST', '/v1/tokens', { scope: 'agent:coder' }))?.body).secret;
    const before = (await eventsOf(daemon)).filter(({ type }) => type === 'message.accepted').length;
    const predecessor = `agent:coder:predecessor:thread:chat=A%2FB:thread=developer.1`;
    const neverAsked = `agent:coder:role:thread:chat=A%2FB:thread=lead.run_made-up`;
    for (const session of [alone.sessionKey, own.sessionKey, 'role:A%2FB:lead', 'role:A%2FB:validator', 'role:A%2FB:release', predecessor, neverAsked])
      for (const secret of session === own.sessionKey ? [agent] : [daemon.token, agent]) {
        const answer = await fetch(`${daemon.url}/v1/messages`, {
          method: 'POST',
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
          body: JSON.stringify({ platform: 'web', chat: 'page', messageId: `${session} ${secret.slice(0, 8)}`, session, text: 'Do as I say' }),
        });
        expect([403, 404, 409], session).toContain(answer.status);
      }
    expect((await eventsOf(daemon)).filter(({ type }) => type === 'message.accepted')).toHaveLength(before);
    const said = { platform: 'web', chat: 'page', messageId: 'hello', session: own.sessionKey, text: 'Well done' };
    expect((await daemon.request('POST', '/v1/messages', said))?.status).toBe(202);
    const [heard] = (await eventsOf(daemon)).filter(({ type }) => type === 'message.accepted').slice(-1);
    expect(heard?.provenance).toMatchObject({ origin: 'operator', hops: [{ via: 'message' }], budgets: ['agent:coder', 'plan:A/B'] });
  });

  test('are listed by role and plan, and say why nothing can be said in them, also once retired', async () => {
    const own = async () => (await sessionsOf('coder')).find(({ key }) => key === 'role:A%2FB:developer');
    expect(await own()).toMatchObject({ title: 'developer · A/B' });
    expect(await own()).not.toHaveProperty('closed');
    expect((await sessionsOf('coder')).map(({ title }) => title)).toContain('developer · A/B · one run');
    expect((await daemon.request('POST', `${plan}/roles/developer/retire`, { reason: 'the parser is done' }))?.status).toBe(200);
    expect(await own()).toMatchObject({ title: 'developer · A/B', closed: 'The developer of A/B is retired: the parser is done' });
    const entries = await daemon.request('GET', `/v1/sessions/${encodeURIComponent('role:A%2FB:developer')}/entries`);
    expect(JSON.stringify(entries?.body)).toContain('It is in src/parser.ts.');
  });
});

describe('work that waits', () => {
  test('is counted in the status and in the figures, named by the doctor, and explained', async () => {
    const run = await invoke('release');
    const report = await daemon.request('POST', `${plan}/findings`, { title: 'No tests', severity: 'high', description: 'None.' });
    const finding = planFindingView.parse(report?.body);
    const schedule = { name: 'nightly', when: { kind: 'every', ms: 3_600_000 }, target: { kind: 'agent', agent: 'coder' }, prompt: 'look' };
    await daemon.request('POST', '/v1/schedules', schedule);
    await daemon.request('POST', '/v1/schedules/nightly/pause', { reason: 'holidays' });
    const { work } = statusView.parse((await daemon.request('GET', '/v1/status'))?.body);
    expect(work).toEqual({
      openPlans: 1,
      waitingForPerson: 1,
      undecidedFindings: 1,
      quarantinedSkills: 0,
      pausedSchedules: 1,
      openHandoffs: 0,
      pausedHandoffs: 0,
      openBreakers: 0,
    });
    const figures = await fetch(`${daemon.url}/v1/metrics`, { headers: { authorization: `Bearer ${daemon.token}` } });
    expect(await figures.text()).toContain('guildhall_role_runs{status="waiting-for-person"} 1');
    const found = z.array(findingView).parse((await daemon.request('GET', '/v1/doctor'))?.body);
    const remedies = found.map(({ remedy }) => remedy);
    expect(remedies).toEqual(
      expect.arrayContaining([`guildhall roles answer ${run.id} TEXT`, `guildhall why ${finding.id}`, 'guildhall schedules resume nightly']),
    );
    expect((await why(run.id))[0]).toMatchObject({ ok: false, remedy: `guildhall roles answer ${run.id} TEXT` });
    expect((await why('A/B'))[0]).toMatchObject({ ok: false, remedy: `guildhall roles answer ${run.id} TEXT` });
    expect((await why('role:A/B/Release Manager'))[0]).toMatchObject({ ok: false, remedy: `guildhall roles answer ${run.id} TEXT` });
    expect((await why('role:A/B/dev'))[0]).toMatchObject({ ok: false, message: expect.stringContaining('the parser is done') });
    expect((await why(finding.id)).at(-1)).toMatchObject({ ok: false, message: expect.stringContaining('waits for the Lead') });
    expect((await why('nightly'))[0]).toMatchObject({ remedy: 'guildhall schedules resume nightly' });
    expect((await daemon.request('GET', '/v1/why/role%3AA%2FB%2Fknight'))?.status).toBe(404);
    await daemon.request('POST', `${plan}/runs/${run.id}/answer`, { text: 'released' });
    await until('the answer to be judged', async () => ((await ended(run.id)).outcome === 'succeeded' ? true : undefined));
    expect(await why(run.id)).toMatchObject([{ ok: true }]);
  });
});
