/** How values become text in a column and come back. */

declare const stored: unique symbol;

/** JSON text in a column, with the type of what is in it. Only `toStoredJson` makes it. */
export type StoredJson<T> = string & { readonly [stored]?: T };

/** Escapes what a text column of PostgreSQL cannot hold: NUL and lone surrogates. */
export function toStoredJson<T>(value: T): StoredJson<T> {
  return JSON.stringify(value);
}

export function fromStoredJson<T>(text: StoredJson<T>): T {
  return JSON.parse(text) as T;
}

/** Free text for a plain text column: NUL and lone surrogates, which not every database can hold, become the replacement character. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
