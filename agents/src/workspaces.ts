/** Where each agent works. Paths only: nothing here looks at a disk, so links are for whoever opens the directories to judge. */
import { isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { done, refuse, type Settled } from '@guildhall/protocol';

/** The directories that paths in the configuration are relative to; both absolute. */
export interface HomeDirectories {
  /** `$GUILDHALL_HOME`, where the database and the configuration are. */
  readonly home: string;
  /** What `~` stands for. */
  readonly userHome: string;
}

export interface WorkspaceProblem {
  readonly agent: string;
  readonly message: string;
  readonly hint: string;
}

type AgentPlaces = Iterable<readonly [string, { readonly workspace?: string | undefined }]>;

/**
 * The absolute workspace of every agent: as configured, else `<home>/agents/<id>`. `invalid-config` when two agents would share a directory or one would hold
 * another's, or when one would reach Guildhall's own files.
 */
export function resolveWorkspaces(agents: AgentPlaces, homes: HomeDirectories): Settled<ReadonlyMap<string, string>> {
  const entries = [...agents];
  const problem = findWorkspaceProblems(entries, homes)[0];
  if (problem !== undefined)
    return refuse('invalid-config', `agents.${problem.agent}.workspace: ${problem.message}; ${problem.hint}`, { agent: problem.agent });
  return done(new Map(entries.map(([id, agent]) => [id, workspaceOf(id, agent.workspace, homes)])));
}

export function workspaceOf(id: string, written: string | undefined, homes: HomeDirectories): string {
  if (written === undefined) return join(homes.home, 'agents', id);
  const expanded = written === '~' || written.startsWith('~/') ? join(homes.userHome, written.slice(1)) : written;
  const path = resolve(homes.home, expanded);
  return path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path;
}

export function findWorkspaceProblems(agents: AgentPlaces, homes: HomeDirectories): readonly WorkspaceProblem[] {
  const places = [...agents].map(([id, agent]) => ({ id, path: workspaceOf(id, agent.workspace, homes), written: agent.workspace }));
  const problems: WorkspaceProblem[] = [];
  for (const [index, place] of places.entries()) {
    const problem = findOwnProblem(place, homes) ?? findOverlap(place, places.slice(0, index), places.slice(index + 1));
    if (problem !== undefined) problems.push({ agent: place.id, ...problem });
  }
  return problems;
}

interface Place {
  readonly id: string;
  readonly path: string;
  readonly written: string | undefined;
}

function findOwnProblem(place: Place, homes: HomeDirectories): Omit<WorkspaceProblem, 'agent'> | undefined {
  if (place.written === undefined) return undefined;
  if (/^~[^/]/.test(place.written)) return { message: `"${place.written}" begins with another user's home`, hint: 'write the whole path' };
  const agentsHome = join(homes.home, 'agents');
  const outside = !holds(place.path, homes.home) && !holds(homes.home, place.path);
  const own = holds(agentsHome, place.path) && !holds(place.path, agentsHome);
  if (outside || own) return undefined;
  return { message: `${place.path} holds files of Guildhall itself`, hint: `choose a directory outside ${homes.home}, or one in ${agentsHome}` };
}

/** One of two agents in each other's way is told, the later one that chose its place. */
function findOverlap(place: Place, before: readonly Place[], after: readonly Place[]): Omit<WorkspaceProblem, 'agent'> | undefined {
  if (place.written === undefined) return undefined;
  const rivals = [...before, ...after.filter((other) => other.written === undefined)];
  for (const other of rivals) {
    const inside = holds(other.path, place.path);
    if (!inside && !holds(place.path, other.path)) continue;
    if (inside && holds(place.path, other.path))
      return { message: `it is the workspace of ${other.id} too: ${place.path}`, hint: 'give each agent a directory of its own' };
    const relation = inside ? 'lies in' : 'holds';
    return { message: `${place.path} ${relation} the workspace of ${other.id}, ${other.path}`, hint: 'give each agent a directory of its own' };
  }
  return undefined;
}

/** Is `inner` the directory `outer` or below it? Compared as careless file systems do: without regard to case and Unicode form. */
export function holds(outer: string, inner: string): boolean {
  const way = relative(folded(outer), folded(inner));
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function folded(path: string): string {
  return normalize(path).normalize('NFKC').toLowerCase();
}
