/** Parents before their children, else in the order given; and the links that hold there. */
import type { ForeignLink, Skipped } from './foreign-board.ts';

export interface OrderedTasks {
  readonly keys: readonly string[];
  /** Parents by child. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  readonly skipped: readonly Skipped[];
}

/** A link is left out when one of its ends is missing, or when it closes a circle. */
export function orderTasks(keys: readonly string[], links: readonly ForeignLink[]): OrderedTasks {
  const known = new Set(keys);
  const skipped: Skipped[] = [];
  const parents = new Map<string, string[]>();
  for (const { parent, child } of links) {
    const what = `link ${parent} → ${child}`;
    const missing = [parent, child].find((key) => !known.has(key));
    if (missing !== undefined) skipped.push({ what, reason: `there is no task ${missing}` });
    else if (parent === child) skipped.push({ what, reason: 'a task cannot wait for itself' });
    else parents.set(child, [...(parents.get(child) ?? []), parent]);
  }
  const { ordered, circular } = sort(keys, parents);
  for (const { parent, child } of circular) {
    parents.set(child, parents.get(child)?.filter((key) => key !== parent) ?? []);
    skipped.push({ what: `link ${parent} → ${child}`, reason: 'the two wait for each other, one way or another' });
  }
  return { keys: ordered, parents, skipped };
}

/** A walk that goes to the parents first. Its own stack: a chain may be longer than the call stack. */
function sort(keys: readonly string[], parents: ReadonlyMap<string, readonly string[]>) {
  const state = new Map<string, 'open' | 'placed'>();
  const ordered: string[] = [];
  const circular: ForeignLink[] = [];
  for (const root of keys) {
    const path = state.has(root) ? [] : [{ key: root, next: 0 }];
    state.set(root, state.get(root) ?? 'open');
    for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
      const parent = parents.get(here.key)?.[here.next];
      here.next += 1;
      if (parent === undefined) {
        state.set(here.key, 'placed');
        ordered.push(here.key);
        path.pop();
      } else if (!state.has(parent)) {
        state.set(parent, 'open');
        path.push({ key: parent, next: 0 });
      } else if (state.get(parent) === 'open') circular.push({ parent, child: here.key });
    }
  }
  return { ordered, circular };
}
