/** Dependencies point one way, from the daemon down to the protocol; and only what a package exports is imported. Tests may use the doubles of other tests. */
import { codeFiles, isSource, memberNamed, memberOf, resolveRelative, type CodeFile, type Import, type Tree, type Violation } from './tree.ts';

const protocol = ['protocol'];
const kernel = [...protocol, 'kernel'];
const authority = [...kernel, 'authority'];
const concepts = [...authority, 'agents', 'sessions', 'board', 'roles', 'skills', 'schedules', 'handoffs'];
const adapters = [...concepts, 'store', 'runtimes', 'tools', 'channels'];

/** What each package may stand on. A concept is not in another concept's list: they meet in the daemon. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  kernel: protocol,
  authority: kernel,
  agents: authority,
  sessions: authority,
  board: authority,
  roles: authority,
  skills: authority,
  schedules: authority,
  handoffs: authority,
  store: concepts,
  runtimes: concepts,
  tools: concepts,
  channels: concepts,
  daemon: [...adapters, 'web'],
  cli: protocol,
  web: protocol,
  'lane-sdk': protocol,
};

const scope = '@guildhall/';

export function checkDirection(tree: Tree): readonly Violation[] {
  return [...checkManifests(tree), ...codeFiles(tree).flatMap((file) => file.imports.flatMap((each) => checkImport(tree, file, each)))];
}

function checkManifests(tree: Tree): readonly Violation[] {
  return [...tree.members.values()].flatMap(({ folder, manifest }) => {
    const allowed = mayImport[folder];
    const file = `${folder}/package.json`;
    if (allowed === undefined)
      return [violation(file, undefined, `the package ${folder} has no place in the order; give it one in scripts/structure/direction.ts`)];
    return Object.keys(manifest.dependencies ?? {})
      .filter((name) => name.startsWith(scope) && !allowed.includes(name.slice(scope.length)))
      .map((name) => violation(file, undefined, `${folder} may not depend on ${name}; it stands on ${list(allowed)}`));
  });
}

function checkImport(tree: Tree, file: CodeFile, each: Import): readonly Violation[] {
  if (each.specifier.startsWith('.')) return checkRelative(tree, file, each);
  if (!each.specifier.startsWith(scope)) return [];
  const [name = '', ...rest] = each.specifier.slice(scope.length).split('/');
  const target = memberNamed(tree, `${scope}${name}`);
  const no = (message: string): readonly Violation[] => [violation(file.path, each.line, message)];
  if (target === undefined) return no(`there is no package ${each.specifier}`);
  if (!Object.hasOwn(target.manifest.exports ?? {}, ['.', ...rest].join('/')))
    return no(`${scope}${name} does not export ./${rest.join('/')}; import what its package.json exports`);
  const own = memberOf(tree, file.path);
  if (own === undefined || own === target.folder || !isSource(tree, file.path) || mayImport[own]?.includes(target.folder) === true) return [];
  return no(`${own} may not import ${each.specifier}; it stands on ${list(mayImport[own] ?? [])}`);
}

function checkRelative(tree: Tree, file: CodeFile, each: Import): readonly Violation[] {
  const target = resolveRelative(file.path, each.specifier);
  const own = memberOf(tree, file.path);
  const other = memberOf(tree, target);
  const betweenTests = !isSource(tree, file.path) && target.startsWith(`${other}/test/`);
  if (other !== undefined && other !== own && !betweenTests)
    return [violation(file.path, each.line, `"${each.specifier}" reaches into the package ${other}; import ${scope}${other}`)];
  if (isSource(tree, file.path) && !target.startsWith(`${own}/`)) return [violation(file.path, each.line, `"${each.specifier}" leaves the package ${own}`)];
  if (isSource(tree, file.path) && target.startsWith(`${own}/test/`))
    return [violation(file.path, each.line, `source may not import tests: "${each.specifier}"`)];
  return [];
}

function violation(file: string, line: number | undefined, message: string): Violation {
  return { rule: 'direction', file, message, ...(line === undefined ? {} : { line }) };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
