/**
 * The words of a text, cut the same way for both databases, so that a search finds the same on either: compatibility form, lower case, no diacritics, split at everything
 * that is neither letter nor digit. Scripts written without spaces become one word for each character, and a run of them is looked for as a phrase.
 */

/** How much of a text is searchable, characters. */
const searchableChars = 100_000;
const longestWord = 100;

const unspaced = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`;
const spacedRun = /[\p{L}\p{N}]+/gu;
const unspacedOrRest = new RegExp(`[${unspaced}]|[^${unspaced}]+`, 'gu');

export function searchWords(text: string): readonly string[] {
  return phrases(text.slice(0, searchableChars)).flat();
}

/** What somebody typed, as phrases that must all occur. Empty when there is no word in it. */
export function searchPhrases(query: string): readonly (readonly string[])[] {
  return phrases(query.slice(0, 1_000)).slice(0, 32);
}

function phrases(text: string): readonly (readonly string[])[] {
  const folded = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return Array.from(folded.matchAll(spacedRun), ([run]) => Array.from(run.matchAll(unspacedOrRest), ([part]) => part.slice(0, longestWord)));
}

/** About 200 characters around the first of the query's words, as written. */
export function excerptAround(text: string, query: string): string {
  const first = searchPhrases(query)[0]?.join('') ?? '';
  const at = Math.max(0, text.toLowerCase().indexOf(first));
  const start = Math.max(0, at - 80);
  const excerpt = text.slice(start, start + 200).toWellFormed();
  return `${start > 0 ? '…' : ''}${excerpt}${start + 200 < text.length ? '…' : ''}`;
}
