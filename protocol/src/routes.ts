/**
 * Every route of `/v1`, with who may call it. The daemon mounts exactly these, refuses to start when a handler and this table disagree, and the access test walks it.
 */
export type RouteAccess = 'open' | 'read' | 'chat' | 'agent' | 'lane' | 'operator';

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `{name}` for path parameters; session keys are percent-encoded into one segment. */
  readonly path: string;
  /**
   * The least scope that may call it: `open` nobody needs a credential (liveness and the sign-in page only); `read` any credential with read or more; `chat` may carry messages;
   * `agent` an `agent:<id>` credential or an operator; `lane` a lane or the bearer of a claim, each for what is its own, an operator, and for reading any credential with read; `operator` the operator (also through the browser's cookie).
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
  { method: 'get', path: '/v1/boards', access: 'read', startsWork: false, summary: 'Boards' },
  { method: 'post', path: '/v1/boards', access: 'operator', startsWork: false, summary: 'Make a board' },
  {
    method: 'get',
    path: '/v1/boards/{board}',
    access: 'read',
    startsWork: false,
    summary: 'A board in columns: the first cards of each, and how many there are',
  },
  { method: 'get', path: '/v1/boards/{board}/tasks', access: 'lane', startsWork: false, summary: 'Tasks, in pages; a lane sees those assigned to it' },
  { method: 'post', path: '/v1/boards/{board}/tasks', access: 'operator', startsWork: true, summary: 'Make a task' },
  { method: 'post', path: '/v1/boards/{board}/import', access: 'operator', startsWork: true, summary: 'Take over the board of another program' },
  { method: 'post', path: '/v1/links', access: 'operator', startsWork: false, summary: 'Make one task wait for another' },
  { method: 'delete', path: '/v1/links', access: 'operator', startsWork: false, summary: 'Let it wait no longer' },
  { method: 'get', path: '/v1/tasks/{task}', access: 'lane', startsWork: false, summary: 'A task with its runs, links, comments and attachments' },
  { method: 'patch', path: '/v1/tasks/{task}', access: 'operator', startsWork: false, summary: 'Change what is said about it, its assignee among that' },
  { method: 'post', path: '/v1/tasks/{task}/specify', access: 'operator', startsWork: false, summary: 'Let it leave triage' },
  { method: 'post', path: '/v1/tasks/{task}/unblock', access: 'operator', startsWork: false, summary: 'Lift a block and forget failed attempts' },
  { method: 'post', path: '/v1/tasks/{task}/review', access: 'operator', startsWork: false, summary: 'Accept what waits for review, or send it back' },
  { method: 'post', path: '/v1/tasks/{task}/reclaim', access: 'operator', startsWork: false, summary: 'Take it from the lane that holds it' },
  { method: 'post', path: '/v1/tasks/{task}/archive', access: 'operator', startsWork: false, summary: 'Put it away' },
  { method: 'post', path: '/v1/tasks/{task}/heartbeat', access: 'lane', startsWork: false, summary: 'The holder lives: its claim is extended' },
  { method: 'post', path: '/v1/tasks/{task}/complete', access: 'lane', startsWork: false, summary: 'The holder is done' },
  {
    method: 'post',
    path: '/v1/tasks/{task}/block',
    access: 'lane',
    startsWork: false,
    summary: 'The holder cannot go on; an operator may block what nobody holds',
  },
  { method: 'post', path: '/v1/tasks/{task}/release', access: 'lane', startsWork: false, summary: 'The holder gives it back' },
  { method: 'post', path: '/v1/tasks/{task}/comments', access: 'lane', startsWork: false, summary: 'Say something about it' },
  { method: 'post', path: '/v1/tasks/{task}/attachments', access: 'lane', startsWork: false, summary: 'Attach a file' },
  { method: 'get', path: '/v1/tasks/{task}/attachments/{id}', access: 'lane', startsWork: false, summary: 'The content of an attachment' },
  { method: 'post', path: '/v1/tasks/{task}/metadata', access: 'lane', startsWork: false, summary: 'Merge into its metadata; null removes a key' },
  { method: 'get', path: '/v1/tasks/{task}/diff', access: 'read', startsWork: false, summary: 'What was changed in its worktree' },
  { method: 'post', path: '/v1/tasks/{task}/pull-request', access: 'operator', startsWork: false, summary: 'Push its branch and ask for it to be merged' },
  { method: 'get', path: '/v1/lanes', access: 'read', startsWork: false, summary: 'Lanes, with what they hold' },
  { method: 'post', path: '/v1/lanes', access: 'operator', startsWork: false, summary: 'Register a lane; its token is shown once' },
  { method: 'get', path: '/v1/lanes/{lane}', access: 'lane', startsWork: false, summary: 'One lane' },
  { method: 'delete', path: '/v1/lanes/{lane}', access: 'operator', startsWork: false, summary: 'Unregister it; what it holds goes back' },
  { method: 'post', path: '/v1/lanes/{lane}/claims', access: 'lane', startsWork: true, summary: 'Claim a task; waitMs waits until there is one' },
  {
    method: 'get',
    path: '/v1/lanes/{lane}/watch',
    access: 'lane',
    startsWork: false,
    summary: 'What concerns a lane: tasks it could take and tasks it holds, as JSON pages or SSE',
  },
  { method: 'post', path: '/v1/lanes/{lane}/rotate-token', access: 'operator', startsWork: false, summary: 'A new token, shown once; the old one ends' },
  { method: 'post', path: '/v1/lanes/{lane}/drain', access: 'operator', startsWork: false, summary: 'It takes nothing new' },
  { method: 'post', path: '/v1/lanes/{lane}/resume', access: 'operator', startsWork: false, summary: 'It takes tasks again' },
  { method: 'post', path: '/v1/lanes/{lane}/park', access: 'lane', startsWork: false, summary: 'It takes nothing for a while, because of a quota or a login' },
  { method: 'get', path: '/v1/metrics', access: 'read', startsWork: false, summary: 'Figures in the text form of Prometheus' },
  { method: 'post', path: '/mcp', access: 'lane', startsWork: true, summary: 'The board as an MCP server (Streamable HTTP)' },
  { method: 'get', path: '/mcp', access: 'lane', startsWork: false, summary: 'Messages of the MCP server to its client' },
  { method: 'delete', path: '/mcp', access: 'lane', startsWork: false, summary: 'End an MCP session' },
] as const satisfies readonly Route[];
