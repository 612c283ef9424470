/** Changing a part of a text by saying what stands there and what shall stand there instead. Pure. */
import { done, refuse, type Settled } from '@guildhall/protocol';

export interface Edit {
  readonly old_text: string;
  readonly new_text: string;
  readonly replace_all: boolean;
}

/** Applies edits one after the other; all or none. Each `old_text` must stand in the text exactly once, unless `replace_all`. */
export function applyEdits(text: string, edits: readonly Edit[], path: string): Settled<{ readonly text: string; readonly replaced: number }> {
  let current = text;
  let replaced = 0;
  for (const [index, edit] of edits.entries()) {
    const which = edits.length === 1 ? 'old_text' : `old_text of edit ${index + 1}`;
    const count = countOf(current, edit.old_text, edit.replace_all);
    if (count === 0)
      return refuse(
        'not-found',
        `${which} does not stand in ${path}${nearMiss(current, edit.old_text)}; read the file and copy the lines exactly. Nothing was changed`,
      );
    if (count > 1 && !edit.replace_all) {
      return refuse(
        'wrong-state',
        `${which} stands in ${path} ${count} times; add lines around it until it is unique, or set replace_all. Nothing was changed`,
        { count },
      );
    }
    current = current.split(edit.old_text).join(edit.new_text);
    replaced += count;
  }
  return done({ text: current, replaced });
}

/** Overlapping places of a long text are costly to count, and two are as bad as fifty. */
const mostCounted = 50;

/** Places where `part` begins; `apart` counts only those that do not overlap, which are the ones a replacement of all finds. */
function countOf(text: string, part: string, apart: boolean): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + (apart ? part.length : 1))) {
    count += 1;
    if (!apart && count === mostCounted) break;
  }
  return count;
}

function nearMiss(text: string, part: string): string {
  if (text.includes('\r\n') && !part.includes('\r\n') && text.replaceAll('\r\n', '\n').includes(part)) return ' (its lines end in \\r\\n)';
  const squeeze = (value: string) => value.replaceAll(/\s+/gu, ' ').trim();
  const wanted = squeeze(part);
  return wanted !== '' && squeeze(text).includes(wanted) ? ' exactly (only the white space differs)' : '';
}
