/**
 * Who may call what. The answer comes from the route table and the credential's row; nothing a request says about itself counts.
 *
 * - `operator`, `browser`: everything.
 * - `read`: every GET whose access is `read` or `lane`.
 * - `chat`: POST /v1/messages, and GET /v1/turns/{id} for turns this credential itself was given. No streams and no transcripts: who carries messages can name any chat, so that
 *   would hand out every conversation.
 * - `agent:<id>`: the OpenAI-compatible routes, for that agent alone.
 * - `lane:<name>`: routes whose access is `lane`, where they name a lane its own; which tasks are its own is judged behind the door, and a write on one needs the header Claim-Token.
 * - `claim:<task>`: the bearer of a claim's token: routes whose access is `lane` and that name its task, and `/mcp`.
 */
import { isOperator, laneOf, type Credential, type Scope } from '@guildhall/authority';
import { done, refuse, type Route, type Settled } from '@guildhall/protocol';

/** Turns that were given to credentials which may only carry messages. Kept in memory: sending the same message again after a restart gives the same turn again. */
export interface Receipts {
  give(credentialId: string, turnId: string): void;
  holds(credentialId: string, turnId: string): boolean;
}

const receiptLimit = 10_000;

export function createReceipts(): Receipts {
  const given = new Set<string>();
  return {
    give(credentialId, turnId) {
      given.add(`${credentialId} ${turnId}`);
      const oldest = given.values().next();
      if (given.size > receiptLimit && oldest.done !== true) given.delete(oldest.value);
    },
    holds: (credentialId, turnId) => given.has(`${credentialId} ${turnId}`),
  };
}

/** May this credential use this agent through the OpenAI-compatible routes? */
export function mayUseAgent(credential: Credential, agent: string): boolean {
  return isOperator(credential) || credential.scopes.includes(`agent:${agent}`);
}

export function checkAccess(credential: Credential, route: Route, params: Readonly<Record<string, string>>, receipts: Receipts): Settled<void> {
  if (mayCall(credential, route, params, receipts)) return done(undefined);
  const lane = laneOf(credential);
  return refuse(
    'not-allowed',
    `The scope ${credential.scopes.join(', ')} may not ${route.method.toUpperCase()} ${route.path}. It needs ${neededScope(route)}; ${route.access === 'lane' ? 'an operator registers a lane with "guildhall kanban lanes register"' : 'an operator creates one with "guildhall tokens create"'}.`,
    lane === undefined ? undefined : { lane },
  );
}

function mayCall(credential: Credential, route: Route, params: Readonly<Record<string, string>>, receipts: Receipts): boolean {
  if (isOperator(credential)) return true;
  const { scopes } = credential;
  if ((route.access === 'read' || route.access === 'lane') && route.method === 'get' && scopes.includes('read')) return true;
  if (route.access === 'lane' && scopes.some((scope) => mayCallAsLane(scope, route, params))) return true;
  if (route.access === 'chat' && scopes.includes('chat')) return true;
  if (route.access === 'agent' && scopes.some((scope) => scope.startsWith('agent:'))) return true;
  return route.method === 'get' && route.path === '/v1/turns/{id}' && scopes.includes('chat') && receipts.holds(credential.id, params['id'] ?? '');
}

function mayCallAsLane(scope: Scope, route: Route, params: Readonly<Record<string, string>>): boolean {
  if (scope.startsWith('lane:')) return params['lane'] === undefined || params['lane'] === scope.slice('lane:'.length);
  return scope.startsWith('claim:') && (route.path === '/mcp' || params['task'] === scope.slice('claim:'.length));
}

function neededScope(route: Route): string {
  if (route.access === 'lane') return "the token of that lane, the token of the task's claim, or operator";
  if (route.access === 'agent') return 'agent:<id> or operator';
  if (route.access === 'chat') return 'chat or operator';
  return route.access === 'read' && route.method === 'get' ? 'read or operator' : 'operator';
}
