import type { PlanBundle } from '@guildhall/protocol';
import { openPathBook, type PathBook } from './safe-paths.ts';

/** Where what is linked to lies. */
export interface Places {
  /** Without those that say nothing. */
  readonly packets: ReadonlyMap<number, string>;
  readonly roles: ReadonlyMap<string, string>;
  /** By the id of the artifact; only those whose content was kept. */
  readonly artifacts: ReadonlyMap<string, string>;
}

export function placeEverything(bundle: PlanBundle): Places {
  const book = openPathBook();
  return {
    packets: new Map(
      bundle.packets.filter(({ text }) => text !== '').map(({ rev }) => [rev, book.place('packets', `packet-${String(rev).padStart(3, '0')}.md`)]),
    ),
    roles: new Map(bundle.roles.map(({ role }) => [role, book.place('roles', `${flat(role)}.md`)])),
    artifacts: placeArtifacts(bundle, book),
  };
}

/** The newest of several with one path has the plain name. */
function placeArtifacts({ artifacts }: PlanBundle, book: PathBook): ReadonlyMap<string, string> {
  const newestFirst = artifacts.filter(({ content }) => content !== null).toSorted((a, b) => b.at - a.at);
  const folders = new Map<string, string>();
  return new Map(
    newestFirst.map(({ id, role, path }) => {
      const folder = folders.get(role) ?? `artifacts/${flat(role)}`;
      folders.set(role, folder);
      return [id, book.place(folder, path)];
    }),
  );
}

/** The name of a role is one part of a path, whatever it holds. */
function flat(role: string): string {
  return role.replaceAll(/[/\\]/g, '_');
}
