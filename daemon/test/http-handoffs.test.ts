/** Handoffs at the door: asked for once, on behalf of somebody, and a no that names the guardrail. */
import { describe, expect, it } from 'vitest';
import { cancelledHandoff, handoffExplanation, handoffView, refuse, requestedHandoff, type HandoffView } from '@guildhall/protocol';
import { someHandoff } from './http-fake-handoffs.ts';
import { openDoor, type TestDoor } from './http-open-door.ts';

const request = { source: 'director', target: 'coder', task: 'Look at the tests.' };
const record = { source_session: 'director', target_session: 'coder', task: 'Look at the tests.' };
const change = { task: 'Look at every test.' };

const refused: HandoffView = {
  ...someHandoff,
  status: 'refused',
  reason: 'director may hand work to writer only; "coder" is not among its allowed targets',
  endedAt: 1,
  decision: { ...someHandoff.decision, verdict: 'deny', decidedBy: 'source-allowed', rule: 'director may hand work to writer only' },
};

function askedOf(door: TestDoor): readonly string[] {
  return door.calls.filter((call) => call.startsWith('handoffs.'));
}

describe('a handoff that is asked for', () => {
  it('is answered with its record, and says whether it was asked for before', async () => {
    const door = await openDoor();
    const answer = await door.call('POST', '/v1/handoffs', { body: { ...request, riskLevel: 'high', forbiddenActions: ['db_write'], dedupKey: 'k' } });
    expect(answer.status).toBe(201);
    expect(answer.as(requestedHandoff)).toMatchObject({ id: 'ho_1', duplicate: false, auditId: 'handoff:ho_1' });
    expect(door.handoffs.asked).toEqual([{ ...request, riskLevel: 'high', forbiddenActions: ['db_write'], dedupKey: 'k' }]);
    door.handoffs.state.duplicate = true;
    expect((await door.call('POST', '/v1/handoffs', { body: request })).json).toMatchObject({ duplicate: true });
  });

  it('may be written down by hand, and hears which of that is not believed', async () => {
    const door = await openDoor();
    const answer = await door.call('POST', '/v1/handoffs/import', { body: { ...record, audit_id: 'mine', reply_policy: 'post_progress_in_target_chat' } });
    expect(answer).toMatchObject({ status: 201, json: { id: 'ho_1', warnings: ['audit_id is not believed'] } });
  });

  it.each([
    ['POST', '/v1/handoffs', request],
    ['POST', '/v1/handoffs/import', record],
    ['PATCH', '/v1/handoffs/ho_1', change],
  ])('%s %s: is a no with the sentence, the handoff and the guardrail when policy refuses it', async (method, path, body) => {
    const door = await openDoor();
    door.handoffs.state.answer = refused;
    const answer = await door.call(method, path, { body });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toMatchObject({
      code: 'not-allowed',
      detail: refused.reason,
      details: { handoff: 'ho_1', guardrail: 'source-allowed', status: 'refused' },
    });
    // It says nothing against the credential.
    expect(door.told.refused).toEqual([]);
    expect((await door.call('GET', '/v1/handoffs/ho_1')).as(handoffView).status).toBe('refused');
  });

  it('names no guardrail when a person refused it', async () => {
    const door = await openDoor();
    door.handoffs.state.answer = { ...refused, reason: 'operator said no', decision: { ...refused.decision, verdict: 'ask', decidedBy: 'risk' } };
    const answer = await door.call('POST', '/v1/handoffs', { body: request });
    expect(answer).toMatchObject({ status: 403, json: { detail: 'operator said no', details: { guardrail: null } } });
  });

  it.each([
    ['agent', 'agent:coder', 'POST', '/v1/handoffs'],
    ['reader', 'read', 'POST', '/v1/handoffs'],
    ['lane', 'lane:factory', 'POST', '/v1/handoffs'],
    ['messenger', 'chat', 'POST', '/v1/handoffs'],
    ['messenger', 'chat', 'POST', '/v1/handoffs/import'],
    ['agent', 'agent:coder', 'POST', '/v1/handoffs/ho_1/cancel'],
    ['reader', 'read', 'POST', '/v1/handoffs/ho_1/resume'],
  ] as const)('by the credential of a %s (%s) is refused before anybody is asked: %s %s', async (_who, scope, method, path) => {
    const door = await openDoor();
    const answer = await door.call(method, path, { secret: door.secretFor(scope), body: path.endsWith('import') ? record : request });
    expect(answer.json).toMatchObject({ status: 403, code: 'not-allowed' });
    expect(askedOf(door)).toEqual([]);
    expect(door.told.refused).toHaveLength(1);
  });
});

describe('what the daemon knows itself', () => {
  const known = [
    'source_session',
    'sourceSession',
    'depth',
    'chain',
    'auditId',
    'audit_id',
    'provenance',
    'requestedBy',
    'status',
    'approved',
    'parent',
    'digest',
  ];
  it.each(known)('is in no request: %s', async (field) => {
    const door = await openDoor();
    for (const [method, path, body] of [
      ['POST', '/v1/handoffs', request],
      ['PATCH', '/v1/handoffs/ho_1', change],
      ['POST', '/v1/handoffs/ho_1/cancel', { reason: 'wrong' }],
      ['POST', '/v1/handoffs/ho_1/resume', {}],
    ] as const) {
      const answer = await door.call(method, path, { body: { ...body, [field]: 'claimed' } });
      expect(answer.json, path).toMatchObject({ status: 400, code: 'unknown-field' });
    }
    expect(askedOf(door)).toEqual([]);
  });
});

describe('the same request sent again', () => {
  it('is one request with one answer, a no as well', async () => {
    const door = await openDoor();
    const send = (key: string) => door.call('POST', '/v1/handoffs', { body: request, headers: { 'idempotency-key': key } });
    const first = await send('k-1');
    expect((await send('k-1')).text).toBe(first.text);
    door.handoffs.state.answer = refused;
    const no = await send('k-2');
    door.handoffs.state.answer = someHandoff;
    const again = await send('k-2');
    expect([no.status, again.status, again.text]).toEqual([403, 403, no.text]);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
    expect(askedOf(door)).toHaveLength(2);
  });

  it('with another body is refused', async () => {
    const door = await openDoor();
    const send = (task: string) => door.call('POST', '/v1/handoffs', { body: { ...request, task }, headers: { 'idempotency-key': 'k' } });
    await send('one');
    expect((await send('another')).json).toMatchObject({ code: 'idempotency-mismatch' });
    expect(askedOf(door)).toHaveLength(1);
  });
});

describe('handoffs that are there', () => {
  it('are listed by what is asked for', async () => {
    const door = await openDoor();
    await door.call('GET', '/v1/handoffs');
    await door.call('GET', '/v1/handoffs?status=queued&source=director&target=coder&open=true&after=ho_0&limit=7');
    await door.call('GET', '/v1/handoffs?open=false');
    expect(door.handoffs.asked).toEqual([
      { limit: 50 },
      { limit: 7, status: 'queued', source: 'director', target: 'coder', open: true, after: 'ho_0' },
      { limit: 50, open: false },
    ]);
    expect((await door.call('GET', '/v1/handoffs?status=done')).json).toMatchObject({ code: 'invalid-input' });
    expect((await door.call('GET', '/v1/handoffs?limit=501')).json).toMatchObject({ code: 'invalid-input' });
  });

  it('are waited for within bounds', async () => {
    const door = await openDoor();
    await door.call('GET', '/v1/handoffs/ho_1?waitMs=1000');
    expect(door.handoffs.asked).toEqual([{ id: 'ho_1', waitMs: 1000 }]);
    expect((await door.call('GET', '/v1/handoffs/ho_1?waitMs=99999999')).json).toMatchObject({ code: 'invalid-input' });
  });

  it('are explained, and called off with everything they led to', async () => {
    const door = await openDoor();
    const reader = door.secretFor('read');
    const explained = (await door.call('GET', '/v1/handoffs/ho_1/decision', { secret: reader })).as(handoffExplanation);
    expect(explained.decisions[0]?.answers[0]).toMatchObject({ guardrail: 'enabled', verdict: 'allow', inputs: { enabled: true } });
    const cancelled = (await door.call('POST', '/v1/handoffs/ho_1/cancel')).as(cancelledHandoff);
    expect(cancelled.tree).toMatchObject([{ kind: 'handoff', answer: 'stopped' }]);
    expect((await door.call('GET', '/v1/handoff-edges', { secret: reader })).json).toMatchObject([{ source: 'director', target: 'coder', breaker: 'closed' }]);
  });

  it('are told of live, by the stream of each', async () => {
    const door = await openDoor();
    door.appendEvent('handoff:ho_2', { of: 'another' });
    door.appendEvent('handoff:ho_1', { of: 'this' });
    const stop = new AbortController();
    const response = await fetch(`${door.url}/v1/events?stream=handoff:ho_1`, {
      signal: stop.signal,
      headers: { authorization: `Bearer ${door.operator}`, accept: 'text/event-stream' },
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    while (reader !== undefined && !heard.includes('this')) heard += (await reader.read()).value ?? '';
    stop.abort();
    expect(heard).toContain('handoff:ho_1');
    expect(heard).not.toContain('another');
  });

  it('that are not there are not found', async () => {
    const door = await openDoor();
    door.operations.handoffs.readHandoff = async (id) => refuse('not-found', `there is no handoff "${id}"`);
    expect((await door.call('GET', '/v1/handoffs/ho_9')).json).toMatchObject({ status: 404, code: 'not-found' });
  });
});
