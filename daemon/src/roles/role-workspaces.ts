/** Where roles work: a folder of its own for each role of each plan, so that files and memory of one role are never those of another. */
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@guildhall/kernel';
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { RolePlace } from './role-place.ts';
import { codeOf } from '../system-error.ts';

/** Makes the folder if need be, for nobody but the daemon's user. Refused where the disk or what lies there does not let it. */
export async function openRoleWorkspace(home: string, place: RolePlace): Promise<Settled<string>> {
  const path = await roleWorkspace(home, place);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if ((await lstat(path)).isDirectory()) return done(path);
  } catch (error) {
    const refused = refuseWorkspace(codeOf(error), place, path);
    if (refused === undefined) throw error;
    return refused;
  }
  return refuseReplaced(place, path);
}

/** Where its folder is, whether it is there or not. */
export async function roleWorkspace(home: string, place: RolePlace): Promise<string> {
  return join(await realpath(home), folderOf(place));
}

/** Plans whose ids differ in anything have different folders: the hash is of the exact id, the readable part is for people alone. */
function folderOf({ plan, role }: RolePlace): string {
  const readable = plan
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();
  const hash = sha256(plan).slice(0, 16);
  return join('plans', readable === '' ? hash : `${readable}-${hash}`, role);
}

/** What may be so on a good day; undefined for what is a fault. */
function refuseWorkspace(code: string, place: RolePlace, path: string): Settled<never> | undefined {
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return refuse('storage-unavailable', `no space is left on the disk for ${named(place)}; make room, then ask again`);
  if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'ELOOP') return refuseReplaced(place, path);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return refuse('not-allowed', `the operating system does not let the daemon make ${named(place)} (${code}): ${path}; let it, then ask again`);
  return undefined;
}

function refuseReplaced(place: RolePlace, path: string): Settled<never> {
  return refuse('wrong-state', `something that is no folder lies where ${named(place)} was: ${path}; put it away, then ask again`);
}

function named({ plan, role }: RolePlace): string {
  return `the workspace of the role ${role} of the plan "${plan}"`;
}
