/**
 * Text that others wrote (models, tools, people, the daemon's own errors) made safe for a terminal: nothing in it can move the cursor, change colours, set the clipboard, hide
 * a link, reverse what is read, or be there without being seen. What is taken out is shown as `\x1b`, `\u{202e}` and the like.
 */

/** Control characters but tab and newline, marks that turn the direction of text, characters nobody sees (zero-width, tags, fillers), line separators, lone surrogates. */
const dangerous = /(?![\n\t])\p{Cc}|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}|[\u2028\u2029\ufff9-\ufffb]|\p{Surrogate}/gu;

/** Two pictures joined into one by a zero-width joiner: the one place where that character is what it seems. */
const joinedPicture = /(?<=\p{Extended_Pictographic}(?:[\u{1f3fb}-\u{1f3ff}]|\ufe0f)?)\u200d(?=\p{Extended_Pictographic})/gu;

/** The end of a piece that can only be judged together with what follows: half a character, a carriage return, a picture that may be joined to another. */
const undecidedEnd =
  /(?:(?:\p{Extended_Pictographic}(?:[\u{1f3fb}-\u{1f3ff}]|\ufe0f)?\u200d)*\p{Extended_Pictographic}(?:[\u{1f3fb}-\u{1f3ff}]|\ufe0f)?\u200d?|[\ud800-\udbff]|\r)$/u;

/** More than one presentation selector in a row carries a message, not a look. */
const selectorRun = /[\ufe0e\ufe0f]{2,}/gu;

/** Several lines: newline and tab stay. */
export function escapeBlock(text: string): string {
  const unix = text.replaceAll('\r\n', '\n');
  const joiners = new Set([...unix.matchAll(joinedPicture)].map((match) => match.index));
  return unix
    .replaceAll(dangerous, (mark, index: number) => (joiners.has(index) ? mark : visible(mark)))
    .replaceAll(selectorRun, (run) => run.replaceAll(/./gsu, visible));
}

/** One line: newline and tab are made visible as well. */
export function escapeLine(text: string): string {
  return escapeBlock(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/**
 * Escapes text that arrives in pieces. A piece may end in the middle of a character; that half waits for the next piece. `end` gives back what still waits.
 */
export function escapeInPieces(): { readonly push: (piece: string) => string; readonly end: () => string } {
  let waiting = '';
  return {
    push(piece) {
      const text = waiting + piece;
      waiting = undecidedEnd.exec(text)?.[0] ?? '';
      return escapeBlock(text.slice(0, text.length - waiting.length));
    },
    end() {
      const rest = escapeBlock(waiting);
      waiting = '';
      return rest;
    },
  };
}

/** The same value as JSON, with nothing in it that a terminal obeys or hides: what `JSON.stringify` leaves raw is written as `\uXXXX`. */
export function escapeJson(json: string): string {
  return json.replaceAll(dangerous, unitsOf);
}

function unitsOf(character: string): string {
  return Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');
}

function visible(character: string): string {
  if (character === '\r') return '\\r';
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
