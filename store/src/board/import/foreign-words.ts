/** Their words as ours: cut to what fits here, and named as names are here. */
import type { JsonObject } from '@guildhall/protocol';

const mostTitle = 500;
/** Of a description or a comment. */
const mostText = 100_000;
/** Of one piece of structured data. */
export const mostData = 20_000;

/** A title that does not fit is repeated in full above the description. */
export function titleAndBody(title: string, body: string): { readonly title: string; readonly body: string } {
  const whole = title.trim();
  if (whole === '') return { title: '(without a title)', body: cutText(body) };
  if (whole.length <= mostTitle) return { title: whole, body: cutText(body) };
  return { title: `${whole.slice(0, mostTitle - 1).toWellFormed()}…`, body: cutText(`${whole}\n\n${body}`) };
}

export function cutText(text: string): string {
  if (text.length <= mostText) return text;
  const note = `\n\n(${text.length - mostText} more characters were left out when this was imported)`;
  return `${text.slice(0, mostText - note.length).toWellFormed()}${note}`;
}

/** A lane, agent or person by a name that is possible here; null for nobody. */
export function nameHere(name: string): string | null {
  const here = name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64);
  return here === '' ? null : here;
}

/** A file's own name, without its folders. */
export function fileName(name: string): string {
  const last =
    name
      .split(/[/\\]/)
      .at(-1)
      ?.replaceAll(/\p{Cc}/gu, '')
      .trim() ?? '';
  return last === '' ? 'attachment' : last.slice(-255);
}

/** Where a task came from, and what has no place of its own here. Empty values are left out. */
export function importedMetadata(format: string, id: string, rest: JsonObject): JsonObject {
  const kept = Object.entries(rest).filter(([, value]) => value !== null && value !== '' && JSON.stringify(value) !== '{}');
  return { imported: { format, id, ...Object.fromEntries(kept) } };
}
