/** The route table, mounted. A path that is in the table with another method answers 405, every other path 404, both only to somebody with a credential. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Hono, type Context } from 'hono';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Fault, refuse, routes, type Refusal, type Route } from '@guildhall/protocol';
import { sendRefusal, sendRefusalAndClose } from './answer.ts';
import type { Endpoint, OpenEndpoint } from './endpoint.ts';
import type { Endpoints } from './endpoints.ts';
import { refusalOfFault } from './problems.ts';
import type { RequestTarget } from './request-target.ts';
import { identify, serveCaller, serveOpen, type DoorParts, type Exchange } from './serve-route.ts';

/** What the listener hands to the router with each request. */
export interface Passed {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly target: RequestTarget;
}

/** `routes-disagree` when the table and the endpoints name different routes. */
export function createRouter(endpoints: Endpoints, parts: DoorParts): Hono<{ Bindings: Passed }> {
  const app = new Hono<{ Bindings: Passed }>({ getPath: (_request, options) => options?.env?.target.path ?? '/' });
  checkTable(routes, endpoints);
  for (const route of routes) {
    const endpoint = endpointOf(endpoints, route);
    app.on(route.method.toUpperCase(), honoPath(route.path), async (context) => {
      const exchange = exchangeOf(context);
      await (endpoint.kind === 'open' ? serveOpen(parts, route, endpoint, exchange) : serveCaller(parts, route, endpoint, exchange));
      return RESPONSE_ALREADY_SENT;
    });
  }
  const methodsOf = Map.groupBy(routes, (route) => route.path);
  for (const [path, sharing] of methodsOf) {
    const allow = sharing.map((route) => route.method.toUpperCase()).join(', ');
    const refusal = refuse('method-not-allowed', `${path} takes ${allow}.`, { allow }).refusal;
    app.all(honoPath(path), (context) => refuseKnown(parts, exchangeOf(context), refusal));
  }
  const unknown = refuse('not-found', 'There is no such route. "/v1/openapi.json" lists the ones there are.').refusal;
  app.notFound((context) => refuseKnown(parts, exchangeOf(context), unknown));
  return app;
}

/** What stands behind a route of the table. */
export function endpointOf(endpoints: Endpoints, route: Route): Endpoint | OpenEndpoint {
  const endpoint = new Map<string, Endpoint | OpenEndpoint>(Object.entries(endpoints)).get(nameOf(route));
  if (endpoint === undefined) throw new Fault('routes-disagree', `nothing stands behind ${nameOf(route)}`);
  return endpoint;
}

/** Faults `routes-disagree` unless every route of the table has exactly one thing behind it, of the right kind, and nothing else is there. */
export function checkTable(table: readonly Route[], behind: Readonly<Record<string, { readonly kind: 'open' | 'caller' }>>): void {
  const listed = new Set(table.map(nameOf));
  if (listed.size !== table.length) throw new Fault('routes-disagree', 'a route stands twice in the table');
  const extra = Object.keys(behind).find((name) => !listed.has(name));
  if (extra !== undefined) throw new Fault('routes-disagree', `${extra} is not in the route table`);
  for (const route of table) {
    const kind = behind[nameOf(route)]?.kind;
    if (kind === undefined) throw new Fault('routes-disagree', `nothing stands behind ${nameOf(route)}`);
    if ((kind === 'open') !== (route.access === 'open'))
      throw new Fault('routes-disagree', `${nameOf(route)} is ${route.access} in the table and ${kind} behind it`);
  }
}

function nameOf(route: Route): string {
  return `${route.method} ${route.path}`;
}

/** 401 to strangers, whatever they ask for: only somebody with a credential learns which routes there are. */
async function refuseKnown(parts: DoorParts, exchange: Exchange, refusal: Refusal): Promise<Response> {
  try {
    const caller = await identify(parts, exchange);
    sendRefusalAndClose(exchange.outgoing, caller.ok ? refusal : caller.refusal);
  } catch (error) {
    parts.observer.fault(error, { method: exchange.incoming.method ?? '', path: exchange.target.path });
    sendRefusal(exchange.outgoing, refusalOfFault(error));
  }
  return RESPONSE_ALREADY_SENT;
}

function exchangeOf(context: Context<{ Bindings: Passed }>): Exchange {
  return { ...context.env, params: context.req.param() };
}

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
