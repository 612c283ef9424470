/** What `npm ci` installs is pinned and whole: exact versions, a hash for each package, every platform's, no host of a registry, no install script at run time. */
import { z } from 'zod';
import type { Manifest, Tree, Violation } from './tree.ts';

const lockShape = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
      devDependencies: z.record(z.string(), z.string()).optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
type LockEntry = z.infer<typeof lockShape>['packages'][string];

const lockfile = 'package-lock.json';

export function checkLockfile(tree: Tree): readonly Violation[] {
  const found = tree.files.find((file) => file.path === lockfile);
  if (found === undefined) return [violation(lockfile, 'is missing; run npm install')];
  const { packages } = lockShape.parse(JSON.parse(found.text));
  const manifests: readonly (readonly [string, Manifest])[] = [
    ['', tree.manifest],
    ...[...tree.members.values()].map((member) => [member.folder, member.manifest] as const),
  ];
  return [
    ...manifests.flatMap(([folder, manifest]) => [...checkRanges(folder, manifest), ...checkAgreement(folder, manifest, packages[folder])]),
    ...Object.entries(packages).flatMap(([place, entry]) => [...checkEntry(place, entry), ...checkPlatforms(place, entry, packages)]),
  ];
}

function checkRanges(folder: string, manifest: Manifest): readonly Violation[] {
  const file = folder === '' ? 'package.json' : `${folder}/package.json`;
  return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/u.test(version))
    .map(([name, version]) => violation(file, `${name} is asked for as "${version}"; name one exact version`));
}

function checkAgreement(folder: string, manifest: Manifest, entry: LockEntry | undefined): readonly Violation[] {
  if (entry === undefined) return [violation(lockfile, `knows no workspace "${folder}"; run npm install`)];
  return (['dependencies', 'devDependencies', 'optionalDependencies'] as const).flatMap((kind) => {
    const wanted = manifest[kind] ?? {};
    const locked = entry[kind] ?? {};
    return [...new Set([...Object.keys(wanted), ...Object.keys(locked)])]
      .filter((name) => wanted[name] !== locked[name])
      .map((name) =>
        violation(
          lockfile,
          `${kind} of "${folder}" disagree on ${name}: ${wanted[name] ?? 'absent'} in package.json, ${locked[name] ?? 'absent'} here; run npm install`,
        ),
      );
  });
}

function checkEntry(place: string, entry: LockEntry): readonly Violation[] {
  if (!place.includes('node_modules/') || entry.link === true) return [];
  const found: Violation[] = [];
  if (entry.resolved !== undefined) found.push(violation(lockfile, `${place} names the host it came from; run npm install with the project's .npmrc`));
  if (entry.integrity === undefined) found.push(violation(lockfile, `${place} has no integrity hash`));
  if (entry.hasInstallScript === true && entry.dev !== true)
    found.push(violation(lockfile, `${place} needs an install script at run time; npm 12 does not run it`));
  return found;
}

/** `npm ci` refuses a lockfile that leaves out a package for another platform. */
function checkPlatforms(place: string, entry: LockEntry, packages: Readonly<Record<string, LockEntry>>): readonly Violation[] {
  return Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => packages[`node_modules/${name}`] === undefined && packages[`${place}/node_modules/${name}`] === undefined)
    .map((name) => violation(lockfile, `${place} may want ${name}, which has no entry, so npm ci fails; take a version whose platform packages are all there`));
}

function violation(file: string, message: string): Violation {
  return { rule: 'lockfile', file, message };
}
