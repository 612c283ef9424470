import truncatedWidth from 'fast-string-truncated-width';
import type { Screen } from './screen.ts';
import { joinShown, type PaintName, type Shown } from './shown.ts';
import { escapeLine } from './terminal-text.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly paint?: (row: Row) => PaintName;
  readonly align?: 'left' | 'right';
  /** May be cut when the terminal is too narrow. Columns without it are shown whole. */
  readonly shrinks?: boolean;
  /** Such a column is cut further than this only when no other can be left out. */
  readonly useful?: number;
  /** Left out when the terminal is too narrow for all columns; the last such column goes first. */
  readonly drops?: boolean;
}

const gap = '  ';
/** A column is not cut below this. */
const narrowest = 8;

/** Rows under a dim head, columns aligned. Cut to the width of a terminal, never on a pipe. */
export function renderTable<Row>(screen: Screen, allColumns: readonly Column<Row>[], rows: readonly Row[]): Shown {
  const columns = screen.width === undefined ? allColumns : keepFitting(allColumns, rows, screen.width);
  const texts = rows.map((row) => columns.map((column) => escapeLine(column.cell(row))));
  const wanted = columns.map((column, at) => Math.max(displayWidth(column.title), ...texts.map((cells) => displayWidth(cells[at] ?? ''))));
  const widths = screen.width === undefined ? wanted : fit(wanted, columns, screen.width);
  const line = (cells: readonly string[], paintOf: (at: number) => PaintName) =>
    joinShown(
      cells.map((cell, at) => {
        const width = widths[at] ?? 0;
        const text = cut(cell, width, screen.marks.ellipsis);
        const pad = ' '.repeat(Math.max(0, width - displayWidth(text)));
        if (columns[at]?.align === 'right') return screen.paint(paintOf(at), pad + text);
        return screen.paint(paintOf(at), at === cells.length - 1 ? text : text + pad);
      }),
      gap,
    );
  const head = line(
    columns.map((column) => column.title),
    () => 'dim',
  );
  return joinShown([head, ...rows.map((row, index) => line(texts[index] ?? [], (at) => columns[at]?.paint?.(row) ?? 'plain'))]);
}

/** Columns a text takes on a terminal: wide characters count two. */
export function displayWidth(text: string): number {
  return truncatedWidth(text).width;
}

/** `text`, or its beginning with an ellipsis when it is wider than `width`. */
export function cut(text: string, width: number, ellipsis: string): string {
  const result = truncatedWidth(text, { limit: width, ellipsis, ellipsisWidth: ellipsis.length });
  return result.truncated ? text.slice(0, result.index) + (result.ellipsed ? ellipsis : '') : text;
}

/** Without the columns that may be left out, as far as the others need their room. */
function keepFitting<Row>(columns: readonly Column<Row>[], rows: readonly Row[], available: number): readonly Column<Row>[] {
  const least = columns.map(({ title, cell, shrinks, useful = narrowest }) => {
    const wanted = Math.max(displayWidth(title), ...rows.map((row) => displayWidth(escapeLine(cell(row)))));
    return shrinks === true ? Math.min(wanted, useful) : wanted;
  });
  const kept = new Set(columns.keys());
  const used = () => [...kept].reduce((sum, at) => sum + (least[at] ?? 0), gap.length * (kept.size - 1));
  for (let at = columns.length - 1; at >= 0 && used() > available; at -= 1) if (columns[at]?.drops === true) kept.delete(at);
  return columns.filter((_, at) => kept.has(at));
}

function fit(wanted: readonly number[], columns: readonly { readonly shrinks?: boolean }[], available: number): readonly number[] {
  const widths = [...wanted];
  let over = widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - available;
  while (over > 0) {
    const widest = widestShrinkable(widths, columns);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}

function widestShrinkable(widths: readonly number[], columns: readonly { readonly shrinks?: boolean }[]): number | undefined {
  let widest: number | undefined;
  for (const [at, width] of widths.entries()) {
    if (columns[at]?.shrinks !== true || width <= narrowest) continue;
    if (widest === undefined || width > (widths[widest] ?? 0)) widest = at;
  }
  return widest;
}
