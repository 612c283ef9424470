/**
 * What the page asks of `/v1`, always of its own origin, signed in by the cookie alone.
 *
 * @import { AcceptedAnswer, AgentView, ApprovalView, BudgetView, EntryView, HandoffView, MessageRequest, RouteView, SessionView, StatusView, TurnView } from '@guildhall/protocol'
 */
import { learnTime } from './clock.js';

/**
 * A refusal keeps the daemon's code and sentence. `status` 0: no answer came.
 *
 * @typedef {{ ok: false, status: number, code: string, message: string }} Refused
 */
/**
 * @template T
 * @typedef {{ ok: true, value: T } | Refused} Answer
 */

const patienceMs = 30_000;

/** Called when the daemon says that nobody is signed in. */
let signedOut = () => {};

/** @param {() => void} act */
export function onSignedOut(act) {
  signedOut = act;
}

/**
 * @template T
 * @param {'GET' | 'POST'} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Answer<T>>}
 */
async function ask(method, path, body) {
  /** @type {Response} */
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
      ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json', 'x-guildhall': '1' }, body: JSON.stringify(body ?? {}) }),
    });
    text = await response.text();
  } catch {
    return { ok: false, status: 0, code: 'daemon-unreachable', message: 'The daemon does not answer. Is “guildhall up” still running?' };
  }
  learnTime(response);
  const content = parse(text);
  if (response.ok && content !== undefined) return { ok: true, value: /** @type {T} */ (content) };
  if (response.status === 401 && path !== '/v1/sign-in') signedOut();
  return { ok: false, status: response.status, ...problemOf(content, response.status) };
}

/** @param {string} text @returns {unknown} nothing when it is no JSON, as from something that stands in between */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} content
 * @param {number} status
 */
function problemOf(content, status) {
  const { code, detail, title } = /** @type {Record<string, unknown>} */ (typeof content === 'object' && content !== null ? content : {});
  const words = [detail, title].find((text) => typeof text === 'string' && text !== '');
  return {
    code: typeof code === 'string' ? code : 'failed',
    message: typeof words === 'string' ? words : `The daemon answered with status ${status} and no reason. Its log has more.`,
  };
}

/** @param {Record<string, string | number | undefined>} fields */
function query(fields) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given}`;
}

/** Session keys are percent-encoded into one segment. @param {string} key */
export function sessionPath(key) {
  return `/v1/sessions/${encodeURIComponent(key)}`;
}

/** @returns {Promise<Answer<unknown>>} */
export const signIn = (/** @type {string} */ code) => ask('POST', '/v1/sign-in', { code });
/** @returns {Promise<Answer<unknown>>} */
export const signOut = () => ask('POST', '/v1/sign-out');
/** @returns {Promise<Answer<StatusView>>} */
export const readStatus = () => ask('GET', '/v1/status');
/** @returns {Promise<Answer<AgentView[]>>} */
export const readAgents = () => ask('GET', '/v1/agents');
/** @returns {Promise<Answer<RouteView>>} */
export const readRoute = () => ask('GET', `/v1/route${query(webPlace)}`);
/** @returns {Promise<Answer<BudgetView[]>>} */
export const readBudgets = () => ask('GET', '/v1/budgets');
/** @returns {Promise<Answer<{ sessions: SessionView[], next: string | null }>>} */
export const readSessions = (/** @type {string} */ agent, /** @type {number} */ limit) => ask('GET', `/v1/sessions${query({ agent, limit })}`);
/** @returns {Promise<Answer<SessionView>>} */
export const readSession = (/** @type {string} */ key) => ask('GET', sessionPath(key));
/** @returns {Promise<Answer<EntryView[]>>} */
export const readEntries = (/** @type {string} */ key, /** @type {{ after?: number, last?: 'true', limit: number }} */ range) =>
  ask('GET', `${sessionPath(key)}/entries${query(range)}`);
/** @returns {Promise<Answer<unknown>>} */
export const cancelSession = (/** @type {string} */ key) => ask('POST', `${sessionPath(key)}/cancel`);
/** @returns {Promise<Answer<TurnView>>} */
export const readTurn = (/** @type {string} */ id) => ask('GET', `/v1/turns/${encodeURIComponent(id)}`);
/** @returns {Promise<Answer<ApprovalView[]>>} */
export const readApprovals = (/** @type {{ status?: 'pending', limit: number }} */ range) => ask('GET', `/v1/approvals${query(range)}`);
/** @returns {Promise<Answer<ApprovalView>>} */
export const readApproval = (/** @type {string} */ id) => ask('GET', `/v1/approvals/${encodeURIComponent(id)}`);
/** @returns {Promise<Answer<ApprovalView>>} */
export const answerApproval = (/** @type {string} */ id, /** @type {'approve' | 'deny'} */ answer, /** @type {boolean} */ always) =>
  ask('POST', `/v1/approvals/${encodeURIComponent(id)}/${answer}`, always && answer === 'approve' ? { always } : undefined);
/** @returns {Promise<Answer<HandoffView>>} */
export const readHandoff = (/** @type {string} */ id) => ask('GET', `/v1/handoffs/${encodeURIComponent(id)}`);
/** @returns {Promise<Answer<AcceptedAnswer>>} */
export const postMessage = (/** @type {MessageRequest} */ message) => ask('POST', '/v1/messages', message);

/** Where this page stands among the platforms: what its messages carry and what routing is asked about. */
export const webPlace = { platform: 'web', chat: 'page' };
