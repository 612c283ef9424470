/** The description of the interface is the interface: same routes, same shapes. */
import { describe, expect, it } from 'vitest';
import { routes, type Route } from '@guildhall/protocol';
import { checkTable } from '../src/http/router.ts';
import { openDoor } from './http-open-door.ts';

interface Described {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: unknown }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, { readonly schema: Record<string, unknown> }> };
  readonly responses: Record<string, unknown>;
}

describe('the description', () => {
  it('is OpenAPI 3.1, names every route of the table and no other, and refers to nothing that is not there', async () => {
    const door = await openDoor();
    const answer = await door.call('GET', '/v1/openapi.json');
    const described = answer.json as Described;
    expect(described.openapi).toBe('3.1.0');
    const named = Object.entries(described.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    expect(named.toSorted()).toEqual(routes.map((route) => `${route.method} ${route.path}`).toSorted());
    const operationIds = Object.values(described.paths).flatMap((methods) => Object.values(methods).map((operation) => operation.operationId));
    expect(new Set(operationIds).size).toBe(routes.length);
    for (const [, name] of answer.text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(described.components.schemas).toHaveProperty(name ?? '');
    expect(answer.text).not.toContain('$defs');
    expect(Object.keys(described.components.schemas)).toEqual(
      expect.arrayContaining([
        'Turn',
        'Session',
        'Entry',
        'Event',
        'Message',
        'Json',
        'Plan',
        'Role',
        'RoleRun',
        'PlanFinding',
        'Skill',
        'Schedule',
        'Handoff',
        'HandoffRequest',
        'HandoffExplanation',
      ]),
    );
  });

  it('tells path parameters, bodies, keys and who needs no credential', async () => {
    const door = await openDoor();
    const { paths } = (await door.call('GET', '/v1/openapi.json')).json as Described;
    for (const route of routes) {
      const operation = paths[route.path]?.[route.method];
      const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        operation?.parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
        route.path,
      ).toEqual(inPath);
      expect(operation?.summary).toBe(route.summary);
      expect(operation?.security === undefined).toBe(route.access !== 'open');
      const keyed = operation?.parameters.some((parameter) => parameter.name === 'Idempotency-Key');
      expect(keyed, route.path).toBe((route.method === 'post' || route.method === 'put') && route.access !== 'open');
    }
    const message = paths['/v1/messages']?.['post'];
    expect(message?.requestBody).toMatchObject({ required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Message' } } } });
    expect(paths['/v1/approvals/{id}/approve']?.['post']?.requestBody?.required).toBe(false);
    expect(paths['/v1/turns/{id}']?.['get']?.parameters.find((parameter) => parameter.name === 'waitMs')?.required).toBe(false);
    expect(paths['/v1/plans/{plan}/runs/{run}']?.['get']?.parameters.find((parameter) => parameter.name === 'waitMs')?.required).toBe(false);
    expect(paths['/v1/plans/{plan}/roles/{role}/turns']?.['post']?.responses).toHaveProperty('202');
    expect(paths['/v1/search']?.['get']?.parameters.find((parameter) => parameter.name === 'q')?.required).toBe(true);
  });
});

describe('the route table', () => {
  const table: readonly Route[] = [
    { method: 'get', path: '/a', access: 'open', startsWork: false, summary: 'a' },
    { method: 'post', path: '/a', access: 'read', startsWork: false, summary: 'a' },
  ];
  const open = { kind: 'open' } as const;
  const caller = { kind: 'caller' } as const;

  it.each([
    ['a route with nothing behind it', table, { 'get /a': open }, 'nothing stands behind post /a'],
    ['something behind no route', table, { 'get /a': open, 'post /a': caller, 'put /a': caller }, 'put /a is not in the route table'],
    ['a locked route that answers to anybody', table, { 'get /a': open, 'post /a': open }, 'post /a is read in the table and open behind it'],
    ['an open route that asks for a credential', table, { 'get /a': caller, 'post /a': caller }, 'get /a is open in the table and caller behind it'],
    ['a route twice', [...table, ...table.slice(0, 1)], { 'get /a': open, 'post /a': caller }, 'a route stands twice'],
  ])('with %s starts nothing', (_name, listed, behind, words) => {
    expect(() => checkTable(listed, behind)).toThrow(words);
  });

  it('that agrees with what stands behind it starts', () => {
    expect(() => checkTable(table, { 'get /a': open, 'post /a': caller })).not.toThrow();
  });
});
