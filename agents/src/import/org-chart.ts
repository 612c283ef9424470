/**
 * Taking over an org chart as `roles:`. Here a role is one part in a team, so two members with one title become two roles. Nothing is dropped silently; what it comes to is checked with the file it goes into.
 */
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { FileEntry } from '../add-agent.ts';
import { formatConfigError } from '../config-error.ts';
import { builtInRole, builtInRoleNames, foldRoleName, isRoleName, namesToo, usualReportsTo } from '../role-names.ts';
import { readYaml } from '../yaml-source.ts';
import { isRecord, slug } from './foreign-data.ts';
import { readPosts, type Chart, type Post } from './org-chart-posts.ts';

interface ImportedRoles {
  /** For `addToConfig`. */
  readonly roles: Readonly<Record<string, FileEntry>>;
  readonly notes: readonly string[];
  readonly unsupported: readonly string[];
}

/** `agentIds`: the agents of the configuration, one of whom fills the role of its name. Never throws, whatever the text. */
export function importOrgChart(text: string, agentIds: Iterable<string>): Settled<ImportedRoles> {
  const reading = readYaml(text, (path) => path[0] !== 'roles');
  if (!reading.ok)
    return refuse('invalid-input', `the org chart cannot be read: ${reading.errors.map((error) => formatConfigError('line', error)).join('; ')}`);
  const data = reading.source.value;
  if (isRecord(data) && isRecord(data['roles'])) return done(ownRoles(data, data['roles']));
  const chart = readPosts(data);
  if (chart.posts.length === 0)
    return refuse('invalid-input', 'no roles were found; an org chart is a list of agents with name and reportsTo, a tree of reports, or a map under roles');
  return done(new Translation(chart, new Set(agentIds)).run());
}

function ownRoles(data: Record<string, unknown>, roles: Record<string, unknown>): ImportedRoles {
  const entries = Object.entries(roles).flatMap(([name, role]) => (isRecord(role) || role === null ? [[name, role ?? {}] as const] : []));
  const odd = Object.keys(roles).filter((name) => !entries.some(([known]) => known === name));
  return {
    roles: Object.fromEntries(entries),
    notes: [],
    unsupported: [...Object.keys(data).filter((key) => key !== 'roles'), ...odd.map((name) => `roles.${name}`)],
  };
}

interface Role {
  readonly key: string;
  readonly post: Post;
}

class Translation {
  readonly #chart: Chart;
  readonly #agentIds: ReadonlySet<string>;
  readonly #notes: string[] = [];
  readonly #unsupported: string[];
  /** Folded names that mean a role already. */
  readonly #taken = new Set<string>();

  constructor(chart: Chart, agentIds: ReadonlySet<string>) {
    this.#chart = chart;
    this.#agentIds = agentIds;
    this.#unsupported = [...chart.leftOut];
  }

  run(): ImportedRoles {
    const roles = this.#name();
    for (const names of Object.values(builtInRoleNames)) for (const name of names) this.#taken.add(foldRoleName(name));
    for (const role of Object.keys(builtInRoleNames)) this.#taken.add(role);
    if (!roles.some(({ key }) => key === usualReportsTo))
      this.#notes.push('nobody of the chart is the Lead, who alone asks work of roles in a plan; call one of them lead, or let the first of them report to it');
    const entries = roles.map((role) => [role.key, this.#entry(role, roles)] as const);
    return { roles: Object.fromEntries(entries), notes: this.#notes, unsupported: this.#unsupported };
  }

  /** Built-in roles go to the first who means one; whoever stands alone at the top leads where nobody else does. */
  #name(): readonly Role[] {
    const { posts } = this.#chart;
    const keys = new Map<Post, string>();
    const take = (post: Post, key: string | undefined): void => {
      if (key === undefined || this.#taken.has(key)) return;
      this.#taken.add(key);
      keys.set(post, key);
    };
    for (const post of posts)
      take(
        post,
        post.titles.map(builtInRole).find((role) => role !== undefined && !this.#taken.has(role)),
      );
    const [top, ...others] = posts.filter((post) => post.superior === undefined);
    if (top !== undefined && others.length === 0 && posts.length > 1 && !keys.has(top) && !this.#taken.has(usualReportsTo)) {
      take(top, usualReportsTo);
      this.#notes.push(`${top.names[0]} stands at the top, and is the Lead here`);
    }
    for (const post of posts) {
      if (keys.has(post)) continue;
      take(
        post,
        post.titles
          .filter((title) => isRoleName(title) && builtInRole(title) === undefined)
          .map(foldRoleName)
          .find((key) => !this.#taken.has(key)),
      );
      if (!keys.has(post)) this.#unsupported.push(`${post.names[0]}: none of its names is free to be a role of its own; give it a title`);
    }
    return posts.flatMap((post) => {
      const key = keys.get(post);
      return key === undefined ? [] : [{ key, post }];
    });
  }

  #entry({ key, post }: Role, roles: readonly Role[]): FileEntry {
    const title = post.titles.find((text) => text.length <= 200 && (foldRoleName(text) === key || !namesToo(text) || this.#mayName(text, key)));
    const names = [...new Set([...post.names, ...post.titles])].filter((name) => name !== title && foldRoleName(name) !== key);
    const aliases = names.filter((name) => isRoleName(name) && this.#mayName(name, key));
    for (const name of names)
      if (!aliases.includes(name)) this.#unsupported.push(`${post.names[0]}: the name ${name.slice(0, 80)}, which means another role or none here`);
    const agent = post.names.map(slug).find((id) => this.#agentIds.has(id));
    const reportsTo = this.#superiorOf(key, post, roles);
    return {
      ...(title === undefined || title === key ? {} : { title }),
      ...(post.mission === undefined ? {} : { mission: this.#cut(post.mission, 20_000, post) }),
      ...(post.responsibilities.length === 0 ? {} : { responsibilities: this.#bounded(post) }),
      ...(aliases.length === 0 ? {} : { aliases }),
      ...(reportsTo === undefined ? {} : { reports_to: reportsTo }),
      ...(post.person ? { person: true } : agent === undefined || agent === key ? {} : { agent }),
    };
  }

  #bounded(post: Post): readonly string[] {
    const { responsibilities } = post;
    if (responsibilities.length > 50)
      this.#unsupported.push(`${post.names[0]}: ${responsibilities.length - 50} of its responsibilities; a role has at most 50`);
    return responsibilities.slice(0, 50).map((duty) => this.#cut(duty, 2000, post));
  }

  #cut(text: string, limit: number, post: Post): string {
    if (text.length > limit) this.#unsupported.push(`${post.names[0]}: the end of "${text.slice(0, 40)}…"; there is room for ${limit} characters`);
    return text.slice(0, limit);
  }

  /** Takes the name for this role, if no other has it. */
  #mayName(name: string, key: string): boolean {
    const folded = foldRoleName(name);
    if (builtInRole(name) === key) return true;
    if (this.#taken.has(folded)) return false;
    this.#taken.add(folded);
    return true;
  }

  /** Undefined where the default says the same. */
  #superiorOf(key: string, post: Post, roles: readonly Role[]): string | null | undefined {
    if (post.superior === undefined) return key === usualReportsTo ? undefined : null;
    const wanted = foldRoleName(post.superior);
    const found = roles.find((role) => role.post !== post && role.post.names.some((name) => name === post.superior || foldRoleName(name) === wanted));
    if (found !== undefined) return found.key === usualReportsTo && key !== usualReportsTo ? undefined : found.key;
    this.#unsupported.push(
      `${post.names[0]}: reports to ${post.superior.slice(0, 80)}, who is not in the chart; here it reports to ${key === usualReportsTo ? 'nobody' : 'the Lead'}`,
    );
    return undefined;
  }
}
