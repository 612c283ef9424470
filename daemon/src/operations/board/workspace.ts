/** Where a task may work: a folder of its own for everybody; a place of the operator's choice only by the operator, and never where the installation keeps its own. */
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { done, refuse, type Settled, type Workspace } from '@guildhall/protocol';

/** The place as it will be kept. `not-allowed` for callers that may not choose one; `outside-workspace` for a place in the installation's home, also through a link. */
export async function checkWorkspace(workspace: Workspace, mayChoose: boolean, home: string): Promise<Settled<Workspace>> {
  if (workspace.kind === 'scratch') return done(workspace);
  if (!mayChoose) return refuse('not-allowed', `only the operator chooses where a task works; leave out "workspace", and it gets a folder of its own`);
  const path = await checkPlace(workspace.kind === 'directory' ? workspace.path : workspace.repository, home);
  if (!path.ok) return path;
  if (workspace.kind === 'directory') return done({ kind: 'directory', path: path.value });
  for (const name of [workspace.base, workspace.branch]) {
    if (name !== undefined && !isBranchName(name))
      return refuse('invalid-input', `"${name.slice(0, 80)}" is no name of a branch; use letters, digits and . _ - /`);
  }
  return done({ ...workspace, repository: path.value });
}

async function checkPlace(path: string, home: string): Promise<Settled<string>> {
  const plain = normalize(path).replace(/(?<=.)\/+$/, '');
  if (!isAbsolute(path) || path.includes('\0') || path.split('/').includes('..'))
    return refuse('invalid-input', `"${path.slice(0, 200)}" must be an absolute path without ".."`);
  const [place, own] = await Promise.all([realPlace(plain), realPlace(home)]);
  if (isInside(plain, home) || isInside(place, own))
    return refuse('outside-workspace', `"${path.slice(0, 200)}" lies in the home of this installation, where no task works; choose another directory`);
  return done(plain);
}

/** With links resolved as far as there is something. */
async function realPlace(path: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined);
  if (found !== undefined) return found;
  const above = dirname(path);
  return above === path ? path : join(await realPlace(above), path.slice(above.length));
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Names git takes, and never an option of it. */
function isBranchName(name: string): boolean {
  return /^[\w][\w./-]*$/.test(name) && !name.includes('..') && !name.endsWith('/') && !name.endsWith('.lock');
}
