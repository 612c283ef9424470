/** The chain of the turn that does a handed-over piece of work: what its source may, narrowed by what is forbidden. */
import { deriveProvenance, rootProvenance } from '@guildhall/authority';
import type { Endpoint } from '@guildhall/handoffs';
import type { Ids } from '@guildhall/kernel';
import type { ActionDefinition, PolicyLayer, Provenance } from '@guildhall/protocol';
import type { Roles } from '../roles/role-catalogue.ts';
import type { RolePlace } from '../roles/role-place.ts';
import { withRoleTools } from '../roles/role-turn-policy.ts';
import { handoffScope } from './edge-rules.ts';

export interface ChainDeps {
  readonly ids: Ids;
  readonly roles: () => Roles;
  /** The agent's own policy. */
  readonly policyOf: (agent: string) => readonly PolicyLayer[];
}

export interface ChainOfWork {
  readonly id: string;
  readonly source: Endpoint;
  readonly target: Endpoint;
  /** Of a target that is a role. */
  readonly place: RolePlace | null;
  /** Of the turn that asks; null for a person, who begins a chain. */
  readonly chain: Provenance | null;
  readonly forbidden: readonly string[];
  readonly actions: ReadonlyMap<string, ActionDefinition>;
  readonly limits: { readonly depth: number; readonly handoffs: number };
}

export function workProvenance(deps: ChainDeps, work: ChainOfWork): Provenance {
  const { id, source, target, place, forbidden, actions, limits } = work;
  const derived = deriveProvenance(work.chain ?? personsChain(deps, work), {
    hop: { via: 'handoff', actor: source.name, ref: id },
    agent: target.agent,
    ...(place === null ? {} : { role: target.name }),
    trust: 'peer',
    forbidden,
    layers: [...deps.policyOf(source.agent), layerOf(id, forbidden, actions)],
    budgets: [`agent:${target.agent}`, handoffScope(id), `edge:${source.agent} ${target.agent}`, ...(place === null ? [] : [`plan:${place.plan}`])],
    limits,
  });
  if (place === null) return derived;
  return { ...derived, layers: withRoleTools(derived.layers, place.role, deps.roles().chart.reportsOf(place.role).length > 0) };
}

/** With more that is forbidden; never with less. */
export function narrowed(provenance: Provenance, id: string, forbidden: readonly string[], actions: ReadonlyMap<string, ActionDefinition>): Provenance {
  const more = forbidden.filter((name) => !provenance.forbidden.includes(name));
  if (more.length === 0) return provenance;
  return { ...provenance, forbidden: [...provenance.forbidden, ...more], layers: [...provenance.layers, layerOf(id, more, actions)] };
}

function personsChain({ ids }: ChainDeps, { id, source, limits }: ChainOfWork): Provenance {
  return rootProvenance({ id: ids.next('root'), origin: 'operator', trust: 'operator', agent: source.agent, via: 'message', ref: id, limits });
}

/**
 * The tools of forbidden actions are not offered; what else an action covers, the gate finds in each call. Nor is a person asked something: the turn would end with the question as its result, and the answer would
 * begin a chain that forbids nothing. Who lacks something gives up and says what.
 */
function layerOf(id: string, forbidden: readonly string[], actions: ReadonlyMap<string, ActionDefinition>): PolicyLayer {
  return { source: `handoff ${id}`, allow: '*', deny: [...new Set(['clarify', ...forbidden.flatMap((name) => actions.get(name)?.tools ?? [])])] };
}
