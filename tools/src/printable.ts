/** What acts or hides. Soft hyphens, joiners and the selectors of text and of picture are part of how people write. */
const unseen =
  /[\p{Cc}\p{Cs}\p{Bidi_Control}\u{2028}\u{2029}\u{fff9}-\u{fffb}]|(?!\u{ad}|\u{200c}|\u{200d}|\u{fe0e}|\u{fe0f})\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text of programs and strangers made safe to show: control characters, escape sequences, direction overrides, tag characters, fillers, rare variation selectors and lone surrogates are written out
 * (`\u{1b}`), so that they can neither act on a terminal nor hide. Tabs and line ends stay; `\r\n` and a lone `\r` become a line end.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/\r\n?/gu, '\n')
    .replaceAll(unseen, (mark) => (mark === '\n' || mark === '\t' ? mark : `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`));
}

/** One printable line of at most `most` characters. */
export function printableLine(text: string, most: number): string {
  const line = printable(text).replaceAll(/\s+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
