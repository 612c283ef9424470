/** Reading a unified diff as edits: each hunk is what stands there (context and removed lines) and what shall stand there. Line numbers are not relied upon. Pure. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Edit } from './edits.ts';

/** The edits of a diff of one file. Headers are skipped; a hunk without context or removed lines has no place to go and is refused. */
export function editsOfDiff(diff: string): Settled<readonly Edit[]> {
  const edits: Edit[] = [];
  let hunk: { before: string[]; after: string[] } | null = null;
  const close = (): Settled<null> => {
    if (hunk === null) return done(null);
    if (hunk.before.length === 0)
      return refuse('invalid-input', `hunk ${edits.length + 1} only adds lines; give at least one line of context so that its place is known`);
    edits.push({ old_text: hunk.before.join('\n'), new_text: hunk.after.join('\n'), replace_all: false });
    return done(null);
  };
  for (const line of diff.replace(/\n$/u, '').split('\n')) {
    if (line.startsWith('@@')) {
      const closed = close();
      if (!closed.ok) return closed;
      hunk = { before: [], after: [] };
      continue;
    }
    if (hunk === null || line.startsWith('\\')) continue;
    const [sign, text] = [line.charAt(0), line.slice(1)];
    if (sign !== ' ' && sign !== '' && sign !== '-' && sign !== '+')
      return refuse('invalid-input', `a line of hunk ${edits.length + 1} begins with neither space, - nor +: ${JSON.stringify(line.slice(0, 80))}`);
    if (sign !== '+') hunk.before.push(text);
    if (sign !== '-') hunk.after.push(text);
  }
  const closed = close();
  if (!closed.ok) return closed;
  return edits.length === 0 ? refuse('invalid-input', 'the diff has no hunk; a hunk begins with @@') : done(edits);
}
