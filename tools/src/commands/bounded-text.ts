/** Output of unknown length in bounded memory: the beginning and the end are kept, what lay between is counted. */
export interface BoundedText {
  append(text: string): void;
  /** Everything, or beginning and end with a note between. */
  text(): string;
  /** Characters appended in all. */
  readonly length: number;
  /** What was appended from an earlier `length` on, as far as the end still holds it, and how much of that is gone. */
  since(offset: number): { readonly text: string; readonly lost: number };
}

export function createBoundedText(headChars: number, tailChars: number): BoundedText {
  let head = '';
  let tail = '';
  let length = 0;
  return {
    append(text) {
      length += text.length;
      const room = headChars - head.length;
      head += text.slice(0, Math.max(0, room));
      tail += text;
      if (tail.length > tailChars * 2) tail = tail.slice(-tailChars);
    },
    text() {
      const end = tail.slice(-tailChars);
      const endStart = length - end.length;
      if (endStart <= head.length) return head.slice(0, endStart) + end;
      return `${head}\n… (${endStart - head.length} characters left out) …\n${end}`;
    },
    get length() {
      return length;
    },
    since(offset) {
      const start = length - tail.length;
      return { text: tail.slice(Math.max(0, offset - start)), lost: Math.max(0, start - offset) };
    },
  };
}
