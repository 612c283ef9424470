/** From what the concepts keep to what the doors show. No rule lives here. */
import type { Approval, Credential, StandingApproval } from '@guildhall/authority';
import type { ApprovalView, CredentialView, EntryView, SessionView, StandingApprovalView, TurnView } from '@guildhall/protocol';
import type { Entry, Session, Turn } from '@guildhall/sessions';

export function viewTurn(turn: Turn): TurnView {
  const { id, sessionKey, agent, status, from, attempts, steps, acceptedAt, usage } = turn;
  return {
    id,
    sessionKey,
    agent,
    status,
    from,
    attempts,
    steps,
    acceptedAt,
    usage,
    text: turn.message.text,
    messageId: turn.message.messageId,
    ...optional('startedAt', turn.startedAt),
    ...optional('endedAt', turn.endedAt),
    ...optional('reason', turn.reason),
    ...optional('answer', turn.answer),
    ...optional('absorbedInto', turn.absorbedInto),
  };
}

/** `own` says what kind of conversation it is, where that is more than its first words. */
export function viewSession(session: Session, own: Pick<SessionView, 'closed'> & { readonly title?: string } = {}): SessionView {
  return { ...session, ...own };
}

export function viewEntry({ seq, turnId, at, body }: Entry): EntryView {
  const base = { seq, turnId, at, kind: body.kind };
  switch (body.kind) {
    case 'message':
      return { ...base, text: body.text, from: body.from, ...optional('handoff', body.handoff) };
    case 'model-step':
      return {
        ...base,
        text: body.text,
        toolCalls: body.toolCalls.map(({ callId, tool, args }) => ({ callId, tool, args })),
        model: body.usage.model,
        rehearsal: body.usage.rehearsal,
      };
    case 'tool-started':
      return { ...base, text: '', tool: body.tool, callId: body.callId, args: body.args, rule: body.decision.rule };
    case 'tool-result':
      return { ...base, text: body.text, tool: body.tool, callId: body.callId, outcome: body.outcome, ...optional('rule', body.decision?.rule) };
    case 'answer':
      return { ...base, text: body.text, ...optional('model', body.usage?.model), ...optional('rehearsal', body.usage?.rehearsal) };
    case 'compaction':
      return { ...base, text: body.summary };
    case 'note':
      return { ...base, text: body.text, code: body.code };
    default:
      return body satisfies never;
  }
}

export function viewApproval(approval: Approval): ApprovalView {
  const { id, status, action, sessionKey, turnId, digest, reason, askedAt, expiresAt } = approval;
  return {
    id,
    status,
    agent: action.agent,
    sessionKey,
    turnId,
    tool: action.tool,
    args: { ...action.args },
    digest,
    reason,
    ...(approval.bound === undefined ? {} : { bound: { ...approval.bound } }),
    always: approval.standingDigest !== undefined,
    askedAt,
    expiresAt,
    ...optional('answeredBy', approval.answeredBy),
  };
}

export function viewStandingApproval(standing: StandingApproval): StandingApprovalView {
  return { ...standing, bound: { ...standing.bound } };
}

export function viewCredential(credential: Credential): CredentialView {
  return { ...credential, scopes: [...credential.scopes] };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}
