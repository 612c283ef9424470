/**
 * What may be written to a terminal: text that went through `terminal-text.ts`. The output takes nothing else, so no command can forget to escape.
 */
import { styleText } from 'node:util';
import { escapeBlock, escapeLine } from './terminal-text.ts';

/** Text that is safe to write, with colours already in it where there are any. Made only in this file. */
export interface Shown {
  readonly shown: string;
}

/** Builds safe text: what stands in the template is ours, every value in it is escaped to one line. */
export function show(parts: TemplateStringsArray, ...values: readonly (string | number | Shown)[]): Shown {
  return { shown: parts.map((part, index) => part + safe(values[index])).join('') };
}

/** Text of others over several lines, with every line indented by `indent`. */
export function showBlock(text: string, indent = ''): Shown {
  return { shown: escapeBlock(text).replaceAll(/^/gm, indent) };
}

/** Text that an escaper for streams has already made safe. */
export function showEscaped(escaped: string): Shown {
  return { shown: escaped };
}

export function joinShown(pieces: readonly Shown[], separator = '\n'): Shown {
  return { shown: pieces.map((piece) => piece.shown).join(separator) };
}

export const nothing: Shown = { shown: '' };

export type PaintName = 'plain' | 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours on a terminal, nothing elsewhere. Escapes what it is given as text. */
export type Paint = (name: PaintName, piece: string | Shown) => Shown;

export function createPaint(colour: boolean): Paint {
  return (name, piece) => {
    const text = safe(piece);
    if (!colour || name === 'plain' || text === '') return { shown: text };
    return { shown: styleText(name, text, { validateStream: false }) };
  };
}

function safe(value: string | number | Shown | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? escapeLine(value) : value.shown;
}
