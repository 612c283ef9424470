/** Who may call what: every route of the table, with every kind of credential. A route without a rule, or a rule without a route, fails here. */
import { describe, expect, it } from 'vitest';
import { acceptedAnswer, problemView, routes, type Route } from '@guildhall/protocol';
import type { Scope } from '@guildhall/authority';
import { bodies, nameOf, pathOf } from './http-good-requests.ts';
import { openDoor, type TestDoor } from './http-open-door.ts';

async function statusOf(door: TestDoor, route: Route, secret: string | null): Promise<number> {
  const path = await pathOf(door, route);
  if (route.path.endsWith('/stream')) return firstStatus(door, path, secret);
  const body = bodies[nameOf(route)];
  const headers: Record<string, string> = route.access === 'open' && route.method === 'post' ? { 'x-guildhall': '1' } : {};
  const answer = await door.call(route.method.toUpperCase(), path, { secret, headers, ...(body === undefined ? {} : { body }) });
  return answer.status;
}

async function firstStatus(door: TestDoor, path: string, secret: string | null): Promise<number> {
  const leave = new AbortController();
  const response = await fetch(`${door.url}${path}`, { signal: leave.signal, headers: secret === null ? {} : { authorization: `Bearer ${secret}` } });
  leave.abort();
  return response.status;
}

function expected(route: Route, scope: Scope): 'allowed' | 'forbidden' {
  if (scope === 'operator') return 'allowed';
  const granted =
    (scope === 'read' && (route.access === 'read' || route.access === 'lane') && route.method === 'get') ||
    (scope === 'chat' && route.access === 'chat') ||
    (scope.startsWith('agent:') && route.access === 'agent') ||
    (scope === 'lane:factory' && route.access === 'lane') ||
    (scope === 'lane:other' && route.access === 'lane' && !route.path.includes('{lane}')) ||
    (scope === 'claim:task_1' && route.access === 'lane' && (route.path.includes('{task}') || route.path === '/mcp')) ||
    (scope === 'claim:task_2' && route.path === '/mcp');
  return granted ? 'allowed' : 'forbidden';
}

const guarded: readonly Route[] = routes.filter((route) => route.access !== 'open');
const openRoutes: readonly Route[] = routes.filter((route) => route.access === 'open');

describe('without a live credential', () => {
  it.each(guarded.map((route) => [nameOf(route), route] as const))('%s answers 401', async (_name, route) => {
    const door = await openDoor();
    const revoked = door.issue(['operator']);
    door.revoke(revoked.credential.id);
    const expired = door.issue(['operator'], { expiresAt: Date.now() - 1 });
    const browserAsBearer = door.issue(['browser']).secret;
    for (const secret of [null, 'garbage', revoked.secret, expired.secret, browserAsBearer])
      expect(await statusOf(door, route, secret), String(secret)).toBe(401);
    expect(door.calls.filter((call) => !call.startsWith('acceptMessage'))).toEqual([]);
  });

  it('only liveness, the page and its sign-in answer', async () => {
    expect(openRoutes.map(nameOf)).toEqual(['get /healthz', 'get /', 'get /assets/{name}', 'post /v1/sign-in']);
    const door = await openDoor();
    expect((await door.call('GET', '/healthz', { secret: null })).json).toEqual({ status: 'ok' });
    expect((await door.call('GET', '/', { secret: null })).status).toBe(200);
    expect((await door.call('GET', '/assets/page.js', { secret: null })).status).toBe(200);
    expect((await door.call('GET', '/assets/other.js', { secret: null })).status).toBe(404);
  });

  it('unknown paths and wrong methods are 401 as well, and 404 or 405 only to somebody with a credential', async () => {
    const door = await openDoor();
    for (const [method, path] of [
      ['GET', '/v1/nothing'],
      ['GET', '/admin'],
      ['POST', '/v1/status'],
      ['DELETE', '/healthz'],
    ] as const) {
      expect((await door.call(method, path, { secret: null })).status, path).toBe(401);
    }
    expect((await door.call('GET', '/v1/nothing')).json).toMatchObject({ status: 404, code: 'not-found' });
    const wrong = await door.call('POST', '/v1/status');
    expect(wrong.json).toMatchObject({ status: 405, code: 'method-not-allowed' });
    expect(wrong.headers.get('allow')).toBe('GET');
    expect((await door.call('PATCH', '/v1/tokens/x')).headers.get('allow')).toBe('DELETE');
  });
});

describe('with a credential', () => {
  const scopes: readonly Scope[] = ['operator', 'read', 'chat', 'agent:coder', 'lane:factory', 'lane:other', 'claim:task_1', 'claim:task_2'];
  it.each(guarded.flatMap((route) => scopes.map((scope) => [nameOf(route), scope, expected(route, scope), route] as const)))(
    '%s with %s is %s',
    async (name, scope, outcome, route) => {
      const door = await openDoor();
      const status = await statusOf(door, route, door.secretFor(scope));
      if (outcome === 'forbidden') {
        expect(status).toBe(403);
        expect(door.told.refused.at(-1)).toMatchObject({ refusal: { code: 'not-allowed' } });
      } else if (name === 'post /v1/sign-out') expect(status).toBe(400);
      else if (route.path === '/mcp' || route.path === '/v1/metrics') expect([401, 403]).not.toContain(status);
      else expect([200, 201, 202]).toContain(status);
    },
  );

  it('of a browser the cookie opens everything', async () => {
    const door = await openDoor();
    const { secret } = door.issue(['browser']);
    const headers = { cookie: `guildhall_session=${secret}` };
    expect((await door.call('GET', '/v1/status', { secret: null, headers })).status).toBe(200);
    expect((await door.call('GET', '/v1/tokens', { secret: null, headers })).status).toBe(200);
  });

  it('of an agent it is that agent alone', async () => {
    const door = await openDoor();
    const secret = door.secretFor('agent:writer');
    expect((await door.call('POST', '/v1/chat/completions', { secret, body: bodies['post /v1/chat/completions'] })).status).toBe(403);
    expect((await door.call('GET', '/v1/models', { secret })).json).toMatchObject({ data: [{ id: 'writer' }] });
    expect(door.state.turnsRun).toBe(0);
  });

  it('of a messenger a turn can be read when it was given to that very credential', async () => {
    const door = await openDoor();
    const mine = door.secretFor('chat');
    const other = door.secretFor('chat');
    const given = (await door.call('POST', '/v1/messages', { secret: mine, body: bodies['post /v1/messages'] })).as(acceptedAnswer);
    expect((await door.call('GET', `/v1/turns/${given.turnId}?waitMs=1000`, { secret: mine })).json).toMatchObject({
      status: 'completed',
      answer: 'Hello, you.',
    });
    expect((await door.call('GET', `/v1/turns/${given.turnId}`, { secret: other })).status).toBe(403);
    expect((await door.call('GET', `/v1/sessions/${encodeURIComponent(given.sessionKey)}/entries`, { secret: mine })).status).toBe(403);
  });

  it('says nothing about itself: scopes, roles and agents claimed by a request do not count', async () => {
    const door = await openDoor();
    const secret = door.secretFor('read');
    const headers = { 'x-guildhall-scopes': 'operator', 'x-scopes': 'admin', 'x-role': 'operator' };
    expect((await door.call('POST', '/v1/tokens', { secret, headers, body: { scope: 'operator' } })).status).toBe(403);
    for (const extra of ['scopes', 'status', 'epoch', 'depth', 'source_session', 'risk_level', 'created_by', 'provenance']) {
      const answer = await door.call('POST', '/v1/messages', { body: { platform: 'api', chat: 'c', messageId: extra, text: 'x', [extra]: 'operator' } });
      expect(answer.json, extra).toMatchObject({ status: 400, code: 'unknown-field' });
      expect(answer.as(problemView).detail).toContain(`"${extra}"`);
    }
    expect(door.state.turnsRun).toBe(0);
  });
});
