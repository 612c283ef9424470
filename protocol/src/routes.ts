/**
 * Every route of `/v1`, with who may call it. The daemon mounts exactly these, refuses to start when a handler and this table disagree, and the access test walks it.
 */
export type RouteAccess = 'open' | 'read' | 'chat' | 'agent' | 'operator';

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `{name}` for path parameters; session keys are percent-encoded into one segment. */
  readonly path: string;
  /**
   * The least scope that may call it: `open` nobody needs a credential (liveness and the sign-in page only); `read` any credential with read or more; `chat` may carry messages;
   * `agent` an `agent:<id>` credential or an operator; `operator` the operator (also through the browser's cookie).
   */
  readonly access: RouteAccess;
  /** Does calling it start work by an agent? Such an operation must write provenance; the test that enumerates them fails for one that does not. */
  readonly startsWork: boolean;
  readonly summary: string;
}

export const routes = [
  { method: 'get', path: '/healthz', access: 'open', startsWork: false, summary: 'Is the daemon alive' },
  { method: 'get', path: '/', access: 'open', startsWork: false, summary: 'The chat page' },
  { method: 'get', path: '/assets/{name}', access: 'open', startsWork: false, summary: 'Script and style of the chat page' },
  { method: 'post', path: '/v1/sign-in', access: 'open', startsWork: false, summary: 'Exchange a one-time code for a cookie' },
  { method: 'post', path: '/v1/sign-out', access: 'read', startsWork: false, summary: 'End this browser session' },
  { method: 'get', path: '/v1/openapi.json', access: 'read', startsWork: false, summary: 'This interface as OpenAPI 3.1' },
  { method: 'get', path: '/v1/status', access: 'read', startsWork: false, summary: 'What runs' },
  { method: 'get', path: '/v1/doctor', access: 'read', startsWork: false, summary: 'What is wrong and what to do' },
  { method: 'get', path: '/v1/why/{id}', access: 'read', startsWork: false, summary: 'Why nothing happens: first broken link first' },
  { method: 'post', path: '/v1/messages', access: 'chat', startsWork: true, summary: 'Accept an inbound message' },
  { method: 'get', path: '/v1/sessions', access: 'read', startsWork: false, summary: 'Sessions, most recent first' },
  { method: 'get', path: '/v1/sessions/{key}', access: 'read', startsWork: false, summary: 'One session' },
  { method: 'get', path: '/v1/sessions/{key}/entries', access: 'read', startsWork: false, summary: 'Its transcript, in pages' },
  { method: 'get', path: '/v1/sessions/{key}/stream', access: 'read', startsWork: false, summary: 'Its transcript, live (AG-UI over SSE)' },
  { method: 'post', path: '/v1/sessions/{key}/cancel', access: 'operator', startsWork: false, summary: 'Stop what runs and waits in it' },
  { method: 'get', path: '/v1/turns/{id}', access: 'read', startsWork: false, summary: 'One turn; waitMs waits for its end' },
  { method: 'post', path: '/v1/turns/{id}/cancel', access: 'operator', startsWork: false, summary: 'Stop one turn' },
  { method: 'get', path: '/v1/search', access: 'read', startsWork: false, summary: "Full-text search in one agent's sessions" },
  { method: 'get', path: '/v1/agents', access: 'read', startsWork: false, summary: 'The agents' },
  { method: 'get', path: '/v1/agents/{id}', access: 'read', startsWork: false, summary: 'One agent' },
  { method: 'get', path: '/v1/agents/{id}/tools', access: 'read', startsWork: false, summary: 'Its tools, offered or not, and why' },
  {
    method: 'post',
    path: '/v1/agents/{id}/mcp/{server}/review',
    access: 'operator',
    startsWork: false,
    summary: 'Accept the changed tool set of an MCP server',
  },
  { method: 'get', path: '/v1/route', access: 'read', startsWork: false, summary: 'Which agent a message would go to, and why' },
  { method: 'get', path: '/v1/config', access: 'operator', startsWork: false, summary: 'The configuration in force' },
  { method: 'put', path: '/v1/config', access: 'operator', startsWork: false, summary: 'Check, accept and write a configuration' },
  { method: 'get', path: '/v1/config/versions', access: 'operator', startsWork: false, summary: 'Accepted configurations' },
  { method: 'get', path: '/v1/config/versions/{rev}', access: 'operator', startsWork: false, summary: 'One of them, as text' },
  { method: 'post', path: '/v1/config/versions/{rev}/revert', access: 'operator', startsWork: false, summary: 'Put an earlier one in force' },
  { method: 'get', path: '/v1/approvals', access: 'read', startsWork: false, summary: 'Approvals, pending first' },
  { method: 'get', path: '/v1/approvals/{id}', access: 'read', startsWork: false, summary: 'One approval' },
  { method: 'post', path: '/v1/approvals/{id}/approve', access: 'operator', startsWork: false, summary: 'Say yes, once' },
  { method: 'post', path: '/v1/approvals/{id}/deny', access: 'operator', startsWork: false, summary: 'Say no' },
  { method: 'get', path: '/v1/tokens', access: 'operator', startsWork: false, summary: 'Credentials, without their secrets' },
  { method: 'post', path: '/v1/tokens', access: 'operator', startsWork: false, summary: 'Create one; its secret is shown once' },
  { method: 'delete', path: '/v1/tokens/{id}', access: 'operator', startsWork: false, summary: 'Revoke one' },
  { method: 'get', path: '/v1/budgets', access: 'read', startsWork: false, summary: 'Limits and what was spent' },
  { method: 'get', path: '/v1/costs', access: 'read', startsWork: false, summary: 'Cost by agent or day' },
  { method: 'get', path: '/v1/events', access: 'read', startsWork: false, summary: 'The journal, as JSON pages or SSE' },
  { method: 'get', path: '/v1/audit/verify', access: 'read', startsWork: false, summary: 'Check the hash chain' },
  { method: 'get', path: '/v1/audit/head', access: 'read', startsWork: false, summary: 'The digest over all stream heads' },
  { method: 'get', path: '/v1/audit/export', access: 'operator', startsWork: false, summary: 'The whole journal as NDJSON' },
  { method: 'post', path: '/v1/db/backup', access: 'operator', startsWork: false, summary: "Take a verified backup into a file on the daemon's machine" },
  { method: 'get', path: '/v1/db/verify', access: 'operator', startsWork: false, summary: 'Check every invariant of the database' },
  { method: 'post', path: '/v1/chat/completions', access: 'agent', startsWork: true, summary: 'OpenAI-compatible: talk to an agent' },
  { method: 'get', path: '/v1/models', access: 'agent', startsWork: false, summary: 'OpenAI-compatible: the agents as models' },
] as const satisfies readonly Route[];
