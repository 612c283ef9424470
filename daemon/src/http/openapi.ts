/**
 * The interface as OpenAPI 3.1, made from the route table and the very schemas that check requests. JSON Schema of zod and of OpenAPI 3.1 are the same dialect, so nothing is
 * translated by hand.
 */
import { z } from 'zod';
import {
  agentView,
  approvalView,
  artifactView,
  budgetView,
  cancelledHandoff,
  configVerdict,
  configVersionView,
  credentialView,
  entryView,
  eventView,
  findingView,
  handoffDecisionView,
  handoffEdge,
  handoffExplanation,
  handoffRecord,
  handoffRequest,
  handoffView,
  laneView,
  messageRequest,
  planFindingView,
  planView,
  problemView,
  requestedHandoff,
  roleRunView,
  roleView,
  routes,
  routeView,
  runView,
  scheduleView,
  sessionView,
  skillView,
  standingApprovalView,
  statusView,
  taskView,
  toolView,
  turnView,
  usageView,
  type Json,
  type JsonObject,
  type Route,
} from '@guildhall/protocol';
import type { Endpoint, OpenEndpoint } from './endpoint.ts';

/** Schemas that get a name of their own. */
const named = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries({
  Agent: agentView,
  Approval: approvalView,
  Artifact: artifactView,
  Budget: budgetView,
  CancelledHandoff: cancelledHandoff,
  ConfigVerdict: configVerdict,
  ConfigVersion: configVersionView,
  Credential: credentialView,
  Entry: entryView,
  Event: eventView,
  Finding: findingView,
  Handoff: handoffView,
  HandoffDecision: handoffDecisionView,
  HandoffEdge: handoffEdge,
  HandoffExplanation: handoffExplanation,
  HandoffRecord: handoffRecord,
  HandoffRequest: handoffRequest,
  Lane: laneView,
  Message: messageRequest,
  Plan: planView,
  PlanFinding: planFindingView,
  Problem: problemView,
  RequestedHandoff: requestedHandoff,
  Role: roleView,
  RoleRun: roleRunView,
  Route: routeView,
  Run: runView,
  Schedule: scheduleView,
  Session: sessionView,
  Skill: skillView,
  StandingApproval: standingApprovalView,
  Status: statusView,
  Task: taskView,
  Tool: toolView,
  Turn: turnView,
  Usage: usageView,
})) {
  named.add(schema, { id });
}

export function describeInterface(endpointOf: (route: Route) => Endpoint | OpenEndpoint): JsonObject {
  const components = new Map<string, Json>();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = describeRoute(route, endpointOf(route), components);
  const problem = schemaOf(problemView, 'output', components);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Guildhall',
      version: '1',
      description: 'A team of agents on your own machine. Instants are milliseconds since the Unix epoch. POST and PUT take an Idempotency-Key.',
    },
    security: [{ bearer: [] }, { cookie: [] }],
    paths,
    components: {
      schemas: Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      responses: { Refusal: { description: 'Why not (RFC 9457); `code` is stable.', content: { 'application/problem+json': { schema: problem } } } },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, cookie: { type: 'apiKey', in: 'cookie', name: 'guildhall_session' } },
    },
  };
}

function describeRoute(route: Route, endpoint: Endpoint | OpenEndpoint, components: Map<string, Json>): JsonObject {
  const { params, query, body, answer } = endpoint;
  const content = Object.entries(answer.content).map(([type, schema]) => [
    type,
    { schema: schema === undefined ? { type: 'string' } : schemaOf(schema, 'output', components) },
  ]);
  const keyed = (route.method === 'post' || route.method === 'put') && route.access !== 'open';
  const underClaim = route.access === 'lane' && route.method === 'post' && route.path.includes('{task}');
  return {
    operationId: `${route.method} ${route.path}`.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/_$/, ''),
    summary: route.summary,
    'x-access': route.access,
    ...(route.access === 'open' ? { security: [] } : {}),
    parameters: [
      ...parametersOf(params, 'path', components),
      ...parametersOf(query, 'query', components),
      ...(underClaim ? [{ name: 'Claim-Token', in: 'header', required: false, schema: { type: 'string' } }] : []),
      ...(keyed ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 200 } }] : []),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: !body.safeParse(undefined).success, content: { 'application/json': { schema: schemaOf(body, 'input', components) } } } }),
    responses: {
      [String(answer.status)]: { description: route.summary, content: Object.fromEntries(content) as JsonObject },
      ...(answer.orNothing === true ? { '204': { description: 'There was nothing.' } } : {}),
      default: { $ref: '#/components/responses/Refusal' },
    },
  };
}

function parametersOf(shape: z.ZodObject, place: 'path' | 'query', components: Map<string, Json>): readonly JsonObject[] {
  const fields: Record<string, z.ZodType> = shape.shape;
  return Object.entries(fields).map(([name, field]) => {
    const required = place === 'path' || !field.safeParse(undefined).success;
    return { name, in: place, required, schema: schemaOf(field, 'input', components) };
  });
}

/** The JSON Schema of `schema`; named and recursive parts move into `components`. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Map<string, Json>): JsonObject {
  const { $schema: _dialect, ...plain } = z.toJSONSchema(schema, { io, metadata: named, unrepresentable: 'any' });
  const { $defs: definitions = {}, ...own } = JSON.parse(
    JSON.stringify(plain).replaceAll(/"#\/\$defs\/([^"]+)"/g, (_whole, name: string) => `"#/components/schemas/${componentName(name)}"`),
  ) as {
    readonly $defs?: JsonObject;
    readonly [key: string]: Json | undefined;
  };
  for (const [name, definition] of Object.entries(definitions)) components.set(componentName(name), definition);
  return own as JsonObject;
}

/** zod numbers the recursive schemas it meets; the only one here is any JSON value. */
function componentName(name: string): string {
  return name.startsWith('__schema') ? 'Json' : name;
}
