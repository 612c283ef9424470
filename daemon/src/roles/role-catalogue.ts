/** The roles of the configuration in force: those that are built in, as it changes and adds to them, and who fills each. */
import { type Config, type ConfiguredRole, canonicalRoleName } from '@guildhall/agents';
import { type RoleDefinitionView, type Settled, expectDone } from '@guildhall/protocol';
import { type OrgChart, type RoleCatalogue, type RoleDefinition, canonicalRoles, createOrgChart, createRoleCatalogue } from '@guildhall/roles';

type Filler = RoleDefinitionView['filledBy'];

export interface Roles {
  readonly definitions: readonly RoleDefinition[];
  readonly chart: OrgChart;
  /** Any spelling of a role. */
  resolve(name: string): Settled<RoleDefinition>;
  /** A canonical role that is still in the catalogue; undefined when the configuration dropped it. */
  find(role: string): RoleDefinition | undefined;
  fillerOf(role: string): Filler;
}

/** Read afresh when the configuration is another; a configuration that was accepted has roles that fit together. */
export function rolesInForce(config: () => Config): () => Roles {
  let last: { readonly config: Config; readonly roles: Roles } | undefined;
  return () => {
    const now = config();
    if (last?.config !== now) last = { config: now, roles: rolesOf(now) };
    return last.roles;
  };
}

export function viewDefinition(roles: Roles, definition: RoleDefinition): RoleDefinitionView {
  const { role, title, mission, responsibilities, aliases, reportsTo, proof } = definition;
  return { role, title, mission, responsibilities: [...responsibilities], aliases: [...aliases], reportsTo, proof, filledBy: roles.fillerOf(role) };
}

function rolesOf(config: Config): Roles {
  const configured = new Map<string, ConfiguredRole>();
  for (const [name, role] of config.roles) configured.set(canonicalRoleName(name), role);
  const names = expectDone(createRoleCatalogue([...canonicalRoles.filter(({ role }) => !configured.has(role)), ...named(configured)]));
  const definitions = names.roles.map((definition) => withSuperior(definition, configured.get(definition.role), names));
  const catalogue = expectDone(createRoleCatalogue(definitions));
  return {
    definitions,
    chart: expectDone(createOrgChart(definitions)),
    resolve: catalogue.resolve,
    find: (role) => definitions.find((definition) => definition.role === role),
    fillerOf: (role) => configured.get(role)?.filledBy ?? { kind: 'agent', agent: config.agents.has(role) ? role : config.defaultAgent },
  };
}

/** Superiors are filled in when all names are known. */
function named(configured: ReadonlyMap<string, ConfiguredRole>): readonly RoleDefinition[] {
  return [...configured].map(([role, own]) => {
    const usual = canonicalRoles.find((definition) => definition.role === role);
    return {
      role,
      title: own.title ?? usual?.title ?? `${role.slice(0, 1).toUpperCase()}${role.slice(1)}`,
      mission: own.mission ?? usual?.mission ?? '',
      responsibilities: own.responsibilities ?? usual?.responsibilities ?? [],
      aliases: [...new Set([...(usual?.aliases ?? []), ...own.aliases])],
      reportsTo: null,
      proof: own.proof ?? usual?.proof ?? 'answer',
    };
  });
}

function withSuperior(definition: RoleDefinition, own: ConfiguredRole | undefined, names: RoleCatalogue): RoleDefinition {
  if (own?.reportsTo === undefined) {
    const usual = canonicalRoles.find(({ role }) => role === definition.role);
    return { ...definition, reportsTo: usual === undefined ? 'lead' : usual.reportsTo };
  }
  return { ...definition, reportsTo: own.reportsTo === null ? null : expectDone(names.resolve(own.reportsTo)).role };
}
