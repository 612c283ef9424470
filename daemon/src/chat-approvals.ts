/**
 * Yes and no of people in a chat: `/approve ID` and `/deny ID [reason]`, each a whole message. Who wrote it, the platform says; what stands in a message of an agent, a task or a tool's result is no answer.
 * An answer is good in the conversation in which it was asked for, from the operator and from those whom the configuration names.
 */
import type { Approval, ApprovalStore } from '@guildhall/authority';
import type { Config } from '@guildhall/agents';
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { Turn } from '@guildhall/sessions';
import { printable, printableLine } from '@guildhall/tools';
import { innerPlatforms } from './platforms.ts';

export interface ChatAnswer {
  readonly answer: 'approve' | 'deny';
  readonly id: string;
  readonly reason: string;
}

interface ChatApprovalDeps {
  readonly approvals: Pick<ApprovalStore, 'readApproval' | 'answerApproval' | 'expireApprovals'>;
  readonly config: () => Config;
}

/** Longer than this, and a person cannot be shown in a chat all of what they say yes to. */
const mostShown = 3500;

/** Undefined for every message that is not exactly such a command. */
export function readChatAnswer(text: string): ChatAnswer | undefined {
  const approve = /^\/approve (?<id>[0-9A-Za-z_]{1,80})$/u.exec(text.trim())?.groups;
  if (approve !== undefined) return { answer: 'approve', id: approve['id'] ?? '', reason: '' };
  const deny = /^\/deny (?<id>[0-9A-Za-z_]{1,80})(?: (?<reason>[^\n]{1,2000}))?$/u.exec(text.trim())?.groups;
  return deny === undefined ? undefined : { answer: 'deny', id: deny['id'] ?? '', reason: deny['reason']?.trim() ?? '' };
}

/** Gives the answer, and says what it was given to. The same message again finds the answer it gave. Undefined for every message that is no such command of a person. */
export async function answerApprovalInChat(deps: ChatApprovalDeps, turn: Turn): Promise<string | undefined> {
  const wanted = isOfPerson(turn) ? readChatAnswer(turn.message.text) : undefined;
  if (wanted === undefined) return undefined;
  const answered = await giveAnswer(deps, turn, wanted);
  return answered.ok ? answered.value : `Not ${wanted.answer === 'approve' ? 'approved' : 'denied'}: ${answered.refusal.message}.`;
}

async function giveAnswer(deps: ChatApprovalDeps, turn: Turn, { answer, id, reason }: ChatAnswer): Promise<Settled<string>> {
  if (!mayAnswer(deps.config(), turn))
    return refuse('not-allowed', `${printableLine(turn.from, 100)} may not answer for the operator; those who may are named under approvals.approvers`);
  await deps.approvals.expireApprovals();
  const approval = await deps.approvals.readApproval(id);
  if (approval === undefined) return refuse('not-found', `there is no approval ${id}`);
  if (approval.sessionKey !== turn.sessionKey)
    return refuse('not-allowed', `${id} was not asked for in this conversation; answer it where it was, or with: guildhall approvals ${answer} ${id}`);
  if (isGivenBy(approval, turn, answer)) return done(toldAnswer(approval, answer));
  const what = describeAction(approval);
  if (answer === 'approve' && what.length > mostShown)
    return refuse(
      'not-allowed',
      `what ${id} would do is too long to be shown here whole, so it is not approved here; look at it with: guildhall approvals show ${id}`,
    );
  const given = await deps.approvals.answerApproval(id, answer, turn.from, ...(reason === '' ? [] : [reason]));
  if (given.ok) return done(toldAnswer(given.value, answer));
  // Heard when it was accepted, and in its turn: whichever was first gave it.
  const now = await deps.approvals.readApproval(id);
  return now !== undefined && isGivenBy(now, turn, answer) ? done(toldAnswer(now, answer)) : given;
}

/** A person wrote it, to begin with; nothing derived from another turn, and nothing the daemon said itself. */
function isOfPerson({ message, provenance }: Turn): boolean {
  const [first, ...later] = provenance.hops;
  return !innerPlatforms.has(message.platform) && first?.via === 'message' && later.length === 0;
}

function mayAnswer({ approvers }: Config, { from, message: { platform, peer } }: Turn): boolean {
  return from === 'operator' || (peer !== undefined && from === `${platform}:${peer}` && approvers.includes(from));
}

/** By this very message: it was given after the message came, by its writer. */
function isGivenBy({ status, answeredBy, answeredAt }: Approval, { from, acceptedAt }: Turn, answer: ChatAnswer['answer']): boolean {
  const isSame = answer === 'approve' ? status === 'approved' || status === 'used' : status === 'denied';
  return isSame && answeredBy === from && (answeredAt ?? 0) >= acceptedAt;
}

function toldAnswer(approval: Approval, answer: ChatAnswer['answer']): string {
  return `${answer === 'approve' ? 'Approved' : 'Denied'} ${approval.id}, once, for exactly this:\n${describeAction(approval)}`;
}

/** Everything that the answer is bound to, with what agents wrote quoted line by line. */
function describeAction({ action, digest }: Approval): string {
  const args = printable(JSON.stringify(action.args, null, 1))
    .split('\n')
    .map((line) => `> ${line}`);
  return [`${action.tool} by ${action.agent} (digest ${digest.slice(0, 16)})`, ...args].join('\n');
}
