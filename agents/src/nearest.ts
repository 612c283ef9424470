/** The candidate most like what somebody typed, for "did you mean". */

/** Undefined when nothing is near enough to be meant: more than two slips, or more than a third of a short word. */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  const wanted = typed.toLowerCase().slice(0, 64);
  let best: { readonly name: string; readonly slips: number } | undefined;
  for (const name of candidates) {
    const slips = countSlips(wanted, name.toLowerCase().slice(0, 64));
    if (best === undefined || slips < best.slips) best = { name, slips };
  }
  const bearable = Math.max(1, Math.min(2, Math.floor(wanted.length / 2)));
  return best !== undefined && best.slips <= bearable ? best.name : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`. */
function countSlips(a: string, b: string): number {
  let twoBack: number[] = [];
  let back = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let slips = Math.min((back[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (back[column - 1] ?? 0) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) slips = Math.min(slips, (twoBack[column - 2] ?? 0) + 1);
      current.push(slips);
    }
    twoBack = back;
    back = current;
  }
  return back[b.length] ?? 0;
}

/** `did you mean "x"?`, or what may be written instead when nothing is near. */
export function meantHint(typed: string, candidates: readonly string[], what: string): string {
  const near = nearest(typed, candidates);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (candidates.length === 0) return `there are no ${what}`;
  const shown = candidates.slice(0, 20).join(', ');
  return `${what}: ${shown}${candidates.length > 20 ? ', …' : ''}`;
}
