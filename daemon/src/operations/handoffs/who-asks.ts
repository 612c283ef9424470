/** For whom a handoff is asked. The operator may name any source; an agent is its own, whatever it says. */
import { isOperator } from '@guildhall/authority';
import type { Endpoint, Handoff } from '@guildhall/handoffs';
import { type Provenance, type Settled, done, parseSessionKey, refuse } from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';
import { delegatePlatform } from '../../children.ts';
import type { HandoffCaller } from '../../handoff-operations.ts';
import { roleName, rolePlaceOf } from '../../roles/role-place.ts';

export interface Asking {
  readonly source: Endpoint;
  /** Of the turn that asks; null for a person. */
  readonly chain: Provenance | null;
  readonly call: { readonly turn: string; readonly call: string } | null;
  readonly requestedBy: string;
}

export function operatorOnly(by: HandoffCaller, what: string): Settled<null> {
  if (by.kind === 'credential' && isOperator(by.credential)) return done(null);
  return refuse('not-allowed', `${callerName(by)} may not ${what}; a person may, with the operator's credential`);
}

export function askingOf(turn: ToolContext): Asking {
  return {
    source: sourceOf(turn),
    chain: turn.provenance,
    call: { turn: turn.turnId, call: turn.callId },
    requestedBy: `agent:${turn.agent}`,
  };
}

/** The session of a delegated part ends with its answer: nothing that came back later would reach anybody. */
export function hasNoLater({ sessionKey }: Pick<ToolContext, 'sessionKey'>): boolean {
  const address = parseSessionKey(sessionKey);
  return address.ok && address.value.kind === 'agent-chat' && address.value.platform === delegatePlatform;
}

/** The operator, or the very session that asked. */
export function mayCancel(by: HandoffCaller, handoff: Handoff): Settled<string> {
  if (by.kind === 'credential') {
    const allowed = operatorOnly(by, `call off the handoff ${handoff.id}`);
    return allowed.ok ? done('operator') : allowed;
  }
  if (by.turn.sessionKey === handoff.source.sessionKey) return done(`agent:${by.turn.agent}`);
  return refuse('not-allowed', `${handoff.id} was not asked for in this session, so it is not yours to call off; list yours with list_handoffs`);
}

function sourceOf(turn: ToolContext): Endpoint {
  const place = rolePlaceOf(turn);
  return { name: place === undefined ? turn.agent : roleName(place), agent: turn.agent, sessionKey: turn.sessionKey };
}

function callerName(by: HandoffCaller): string {
  return by.kind === 'credential' ? `credential:${by.credential.id}` : `agent:${by.turn.agent}`;
}
