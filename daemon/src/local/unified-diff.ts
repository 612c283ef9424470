import type { LineChange } from '@guildhall/agents';

/** Lines of sameness shown around a change. */
const around = 3;

/** A unified diff of a whole text's lines; empty when nothing changed. */
export function unifiedDiff(lines: readonly LineChange[]): string {
  const near = lines.map((_, index) => lines.slice(Math.max(0, index - around), index + around + 1).some((line) => line.sign !== ' '));
  const hunks: string[] = [];
  let before = 1;
  let after = 1;
  for (let index = 0; index < lines.length; index += 1) {
    if (near[index] === true && near[index - 1] !== true) hunks.push(header(lines.slice(index, endOfHunk(near, index)), before, after));
    const line = lines[index];
    if (line === undefined) break;
    if (near[index] === true) hunks.push(`${line.sign}${line.text}`);
    if (line.sign !== '+') before += 1;
    if (line.sign !== '-') after += 1;
  }
  return hunks.length === 0 ? '' : `${hunks.join('\n')}\n`;
}

function endOfHunk(near: readonly boolean[], start: number): number {
  const end = near.indexOf(false, start);
  return end === -1 ? near.length : end;
}

function header(hunk: readonly LineChange[], before: number, after: number): string {
  const removed = hunk.filter((line) => line.sign !== '+').length;
  const added = hunk.filter((line) => line.sign !== '-').length;
  return `@@ -${before},${removed} +${after},${added} @@`;
}
