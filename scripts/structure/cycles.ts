/** No file imports itself by any way round, types included: a cycle freezes files into one lump. */
import { codeFiles, memberNamed, resolveRelative, type Tree, type Violation } from './tree.ts';

export function checkCycles(tree: Tree): readonly Violation[] {
  const graph = importGraph(tree);
  return stronglyConnected(graph).map((lump) => {
    const loop = shortestLoop(graph, lump);
    return { rule: 'cycles', file: loop[0] ?? '', message: `imports itself: ${loop.join(' → ')}` };
  });
}

function importGraph(tree: Tree): ReadonlyMap<string, readonly string[]> {
  const files = codeFiles(tree);
  const known = new Set(files.map((file) => file.path));
  const targetOf = (from: string, specifier: string): string => {
    if (specifier.startsWith('.')) return resolveRelative(from, specifier);
    const [scope = '', name = '', ...rest] = specifier.split('/');
    const member = memberNamed(tree, `${scope}/${name}`);
    const entry = member?.manifest.exports?.[['.', ...rest].join('/')];
    return member === undefined || entry === undefined ? '' : resolveRelative(`${member.folder}/package.json`, entry);
  };
  return new Map(files.map((file) => [file.path, file.imports.map((each) => targetOf(file.path, each.specifier)).filter((target) => known.has(target))]));
}

/** Sets of files that all reach each other (Tarjan), and files that import themselves. */
function stronglyConnected(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const lumps: string[][] = [];
  const visit = (node: string): void => {
    const order = index.size;
    index.set(node, order);
    let lowest = order;
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) lowest = Math.min(lowest, low.get(next) ?? index.get(next) ?? lowest);
    }
    low.set(node, lowest);
    if (lowest !== order) return;
    const lump = stack.splice(stack.indexOf(node));
    if (lump.length > 1 || graph.get(node)?.includes(node) === true) lumps.push(lump);
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return lumps;
}

/** One way round inside a lump, its first file repeated at the end. */
function shortestLoop(graph: ReadonlyMap<string, readonly string[]>, lump: readonly string[]): readonly string[] {
  const start = lump.toSorted()[0] ?? '';
  const paths: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const next of graph.get(path.at(-1) ?? '') ?? []) {
      if (next === start) return [...path, start];
      if (!lump.includes(next) || seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return [start, start];
}
