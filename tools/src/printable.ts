/**
 * Text of programs and strangers made safe to show: control characters, escape sequences, direction overrides, tag characters, fillers, rare variation selectors and lone surrogates are written out
 * (`\u{1b}`), so that they can neither act on a terminal nor hide. Tabs and line ends stay; `\r\n` and a lone `\r` become a line end.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/\r\n?/gu, '\n')
    .replaceAll(
      /[\p{Cc}\p{Cs}\p{Bidi_Control}\u{200b}\u{2060}\u{2028}\u{2029}\u{feff}\u{fff9}-\u{fffb}\u{34f}\u{115f}\u{1160}\u{180b}-\u{180f}\u{2061}-\u{206f}\u{3164}\u{fe00}-\u{fe0d}\u{ffa0}\u{e0000}-\u{e0fff}]/gu,
      (mark) => (mark === '\n' || mark === '\t' ? mark : `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`),
    );
}

/** One printable line of at most `most` characters. */
export function printableLine(text: string, most: number): string {
  const line = printable(text).replaceAll(/\s+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
