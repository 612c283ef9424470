/** Where roles work: a folder of its own for each role of each plan, so that files and memory of one role are never those of another. */
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@guildhall/kernel';
import type { RolePlace } from './role-place.ts';

/** Makes the folder if need be, for nobody but the daemon's user. */
export async function openRoleWorkspace(home: string, place: RolePlace): Promise<string> {
  const path = roleWorkspace(await realpath(home), place);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Plans whose ids differ in anything have different folders: the hash is of the exact id, the readable part is for people alone. */
function roleWorkspace(home: string, { plan, role }: RolePlace): string {
  const readable = plan
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();
  const hash = sha256(plan).slice(0, 16);
  return join(home, 'plans', readable === '' ? hash : `${readable}-${hash}`, role);
}
