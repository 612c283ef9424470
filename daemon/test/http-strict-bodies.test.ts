/** No route takes a field it does not know, so nobody can say who they are, what something started with or how it ended. */
import { describe, expect, it } from 'vitest';
import { routes } from '@guildhall/protocol';
import { bodies, nameOf, pathOf } from './http-good-requests.ts';
import { openDoor } from './http-open-door.ts';

/** Where others define the wire, fields nobody here knows are ignored. */
const othersDefine = new Set(['post /v1/chat/completions', 'post /mcp']);

describe('every route that is sent something', () => {
  const writing = routes.filter((route) => route.method !== 'get' && !othersDefine.has(nameOf(route)));

  it.each(writing.map((route) => [nameOf(route), route] as const))('%s refuses a field nobody listed, and does nothing', async (name, route) => {
    const door = await openDoor();
    const headers: Record<string, string> = route.access === 'open' ? { 'x-guildhall': '1' } : {};
    const good = bodies[name];
    const path = await pathOf(door, route);
    door.calls.length = 0;
    for (const field of ['provenance', 'origin', 'depth', 'status', 'actor', 'outcome', 'compliance', 'createdBy']) {
      if (field === 'outcome' && route.path.endsWith('/answer')) continue;
      const answer = await door.call(route.method.toUpperCase(), path, { headers, body: { ...(typeof good === 'object' ? good : {}), [field]: 'claimed' } });
      expect(answer.json, field).toMatchObject({ status: 400, code: 'unknown-field' });
    }
    expect(door.calls).toEqual([]);
  });

  it.each(writing.map((route) => [nameOf(route), route] as const))('%s refuses a body that is too large', async (_name, route) => {
    const door = await openDoor({ bodyBytes: 2_000 });
    const headers: Record<string, string> = route.access === 'open' ? { 'x-guildhall': '1' } : {};
    const path = await pathOf(door, route);
    door.calls.length = 0;
    const answer = await door.call(route.method.toUpperCase(), path, { headers, body: { reason: 'x'.repeat(3_000) } });
    expect(answer.json).toMatchObject({ status: 413, code: 'too-large' });
    expect(door.calls).toEqual([]);
  });
});
