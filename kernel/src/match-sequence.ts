/**
 * Does a pattern with stars stand for a sequence? A star stands for any number of items, everything else for one. Matching goes back to the last star only, so it takes time in proportion to pattern × items
 * and never more.
 */
export function matchSequence(
  pattern: readonly string[],
  items: readonly string[],
  isStar: (part: string) => boolean,
  matches: (part: string, item: string) => boolean,
): boolean {
  let [at, item, star, resume] = [0, 0, -1, 0];
  while (item < items.length) {
    const part = pattern[at];
    if (part !== undefined && isStar(part)) {
      [star, resume] = [at, item];
      at += 1;
    } else if (part !== undefined && matches(part, items[item] ?? '')) {
      at += 1;
      item += 1;
    } else if (star !== -1) {
      resume += 1;
      [at, item] = [star + 1, resume];
    } else return false;
  }
  return pattern.slice(at).every(isStar);
}
