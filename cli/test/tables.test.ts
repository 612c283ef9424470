import { expect, test } from 'vitest';
import { createPaint } from '../src/terminal/shown.ts';
import type { Screen } from '../src/terminal/screen.ts';
import { displayWidth, renderTable, type Column } from '../src/terminal/table.ts';
import { byteSize, dollars, relativeTime } from '../src/terminal/words.ts';

const marks = { yes: '✓', no: '✗', warn: '!', dot: '·', bar: '│', prompt: '›', arrow: '→', ellipsis: '…' };
const screen = (width: number | undefined, colour = false): Screen => ({ paint: createPaint(colour), width, marks, now: 0, live: colour });

interface Row {
  readonly id: string;
  readonly text: string;
  readonly amount: string;
}
const columns: readonly Column<Row>[] = [
  { title: 'ID', cell: (row) => row.id, paint: () => 'bold' },
  { title: 'TEXT', cell: (row) => row.text, shrinks: true },
  { title: 'AMOUNT', cell: (row) => row.amount, align: 'right' },
];
const rows: readonly Row[] = [
  { id: 'a', text: 'short', amount: '1' },
  { id: 'bb', text: 'a long text that does not fit on a narrow terminal', amount: '1,000' },
  { id: 'c', text: '世界 is wide', amount: '22' },
];

test('columns are aligned by what is seen, wide characters included', () => {
  const lines = renderTable(screen(undefined), columns, rows).shown.split('\n');
  const ends = lines.map((line) => displayWidth(line));
  expect(new Set(ends).size).toBe(1);
});

test('a terminal is never overrun; a pipe gets everything', () => {
  const narrow = renderTable(screen(40), columns, rows).shown;
  for (const line of narrow.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(40);
  expect(narrow).toContain('…');
  expect(renderTable(screen(undefined), columns, rows).shown).toContain('a long text that does not fit on a narrow terminal');
});

test('a column that may be left out goes before a text is cut to nothing', () => {
  const [id, text, amount] = columns;
  if (id === undefined || text === undefined || amount === undefined) throw new Error('there are three columns');
  const dropping = [id, { ...text, useful: 20 }, { ...amount, drops: true }];
  expect(renderTable(screen(34), dropping, rows).shown).toContain('AMOUNT');
  expect(renderTable(screen(30), dropping, rows).shown).not.toContain('AMOUNT');
  expect(renderTable(screen(30), dropping, rows).shown).toContain('a long text that does');
  for (const line of renderTable(screen(16), dropping, rows).shown.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(16);
});

test('a cell cannot bring colours or lines of its own', () => {
  const evil = { id: 'x', text: '\u001b[31m\nforged row', amount: '1' };
  const shown = renderTable(screen(undefined), columns, [evil]).shown;
  expect(shown).not.toContain('\u001b');
  expect(shown.split('\n')).toHaveLength(2);
});

test('colours do not change the width of a column', () => {
  const plain = renderTable(screen(60), columns, rows).shown;
  const coloured = renderTable(screen(60, true), columns, rows).shown;
  // oxlint-disable-next-line no-control-regex -- taking out exactly what the paint put in
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
  expect(coloured).not.toBe(plain);
});

test.each([
  [-1000, 'just now'],
  [-30_000, '30 s ago'],
  [-5 * 60_000, '5 min ago'],
  [-3 * 3_600_000, '3 h ago'],
  [-86_400_000, '1 day ago'],
  [-3 * 86_400_000, '3 days ago'],
  [-30 * 86_400_000, '2026-10-22'],
  [5 * 60_000, 'in 5 min'],
  [2 * 3_600_000 - 50, 'in 2 h'],
])('%i ms from now is %s', (offset, words) => {
  const now = Date.UTC(2026, 10, 21);
  expect(relativeTime(now + offset, now)).toBe(words);
});

test.each([
  [0, '$0.00'],
  [1_500_000, '$1.50'],
  [12_300, '$0.0123'],
  [120_000, '$0.12'],
  [42, '$0.000042'],
  [1_234_567_890, '$1234.57'],
])('%i micro-dollars are %s', (amount, words) => {
  expect(dollars(amount)).toBe(words);
});

test.each([
  [10, '10 B'],
  [2048, '2.0 KiB'],
  [123_456_789, '118 MiB'],
])('%i bytes are %s', (bytes, words) => {
  expect(byteSize(bytes)).toBe(words);
});
