/**
 * Who asks, as plans see them, and what they may. A credential of the operator may everything. An agent speaks for the role in whose own session its turn runs, and for that plan alone; what it may is
 * read off the org chart. Everybody else may read.
 */
import { isOperator } from '@guildhall/authority';
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';
import type { RoleCaller } from '../../role-operations.ts';
import { isOwnSession, type RolePlace, roleName, rolePlaceOf } from '../../roles/role-place.ts';

export type Asking =
  | { readonly kind: 'operator'; readonly actor: 'operator' }
  | { readonly kind: 'role'; readonly actor: string; readonly place: RolePlace; readonly turn: ToolContext }
  | { readonly kind: 'other'; readonly actor: string };

export function whoAsks(by: RoleCaller): Asking {
  if (by.kind === 'credential')
    return isOperator(by.credential) ? { kind: 'operator', actor: 'operator' } : { kind: 'other', actor: `credential:${by.credential.id}` };
  const place = rolePlaceOf(by.turn);
  return place === undefined ? { kind: 'other', actor: `agent:${by.turn.agent}` } : { kind: 'role', actor: roleName(place), place, turn: by.turn };
}

export function operatorOnly(asking: Asking, what: string): Settled<null> {
  return asking.kind === 'operator' ? done(null) : refuse('not-allowed', `${asking.actor} may not ${what}; a person may, with the operator's credential`);
}

/** The operator, or any role of that very plan. */
export function ofPlan(asking: Asking, plan: string, what: string): Settled<null> {
  if (asking.kind === 'operator') return done(null);
  if (asking.kind === 'role' && asking.place.plan === plan) return done(null);
  return refuse('not-allowed', `${asking.actor} may not ${what} of the plan "${plan.slice(0, 200)}"; the roles of that plan may, and the operator`);
}

/** The operator, or the Lead of that plan in its own session: neither a child of its turn nor a run of its own elsewhere. */
export function leadOnly(asking: Asking, plan: string, what: string): Settled<null> {
  if (asking.kind === 'operator') return done(null);
  return isLeadsOwnTurn(asking, plan)
    ? done(null)
    : refuse('not-allowed', `${asking.actor} may not ${what}; that is for the Lead of the plan "${plan.slice(0, 200)}", and for the operator`);
}

export function isLeadsOwnTurn(asking: Asking, plan: string): boolean {
  return asking.kind === 'role' && asking.place.plan === plan && asking.place.role === 'lead' && isOwnSession(asking.turn.sessionKey);
}

/** The canonical role that speaks, or `operator`. */
export function speakerOf(asking: Asking): string {
  return asking.kind === 'role' ? asking.place.role : asking.kind === 'operator' ? 'operator' : asking.actor;
}
