/** The links of an import by our ids, each once and without cycles. */
export interface Link {
  readonly parent: string;
  readonly child: string;
}

/** Links between tasks that are known, each once; a link from a task to itself is none. */
export function resolveLinks(links: readonly Link[], idOf: ReadonlyMap<string, string>): readonly Link[] {
  const found = new Map<string, Link>();
  for (const link of links) {
    const parent = idOf.get(link.parent);
    const child = idOf.get(link.child);
    if (parent !== undefined && child !== undefined && parent !== child) found.set(JSON.stringify([parent, child]), { parent, child });
  }
  return [...found.values()];
}

/** Leaves out links that would close a cycle, the later ones of each. What hangs together without a cycle is taken over whole; only the rest is tried link by link. */
export function withoutCycles(links: readonly Link[]): readonly Link[] {
  const suspects = inCycles(links);
  const kept = links.filter((link) => !suspects.has(link));
  const parentsOf = Map.groupBy(kept, ({ child }) => child);
  for (const link of suspects) {
    if (isBefore(parentsOf, link.child, link.parent)) continue;
    kept.push(link);
    parentsOf.set(link.child, [...(parentsOf.get(link.child) ?? []), link]);
  }
  return kept;
}

/** Takes away again and again what has no parent left; what stays is in a cycle or comes after one. */
function inCycles(links: readonly Link[]): ReadonlySet<Link> {
  const childrenOf = Map.groupBy(links, ({ parent }) => parent);
  const waitsFor = new Map<string, number>();
  for (const { child } of links) waitsFor.set(child, (waitsFor.get(child) ?? 0) + 1);
  const free = [...childrenOf.keys()].filter((id) => !waitsFor.has(id));
  const left = new Set(links);
  for (let id = free.pop(); id !== undefined; id = free.pop())
    for (const link of childrenOf.get(id) ?? []) {
      left.delete(link);
      const count = (waitsFor.get(link.child) ?? 0) - 1;
      waitsFor.set(link.child, count);
      if (count === 0) free.push(link.child);
    }
  return left;
}

/** Whether `id` is reached from `start` upwards. */
function isBefore(parentsOf: ReadonlyMap<string, readonly Link[]>, id: string, start: string): boolean {
  const seen = new Set<string>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === id) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const { parent } of parentsOf.get(at) ?? []) open.push(parent);
  }
  return false;
}
