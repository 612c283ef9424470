/** What a run measures, and how it is shown. */

/** `ms`, `MB` (10^6 bytes), `per s`, or `×`: a share of something measured in the same run on the same machine. */
export type Unit = 'ms' | 'MB' | 'KB' | 'per s' | '×';

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
  /** The most it should be. */
  readonly aim?: number;
  /** The least it should be. */
  readonly least?: number;
}

export interface Results {
  readonly backend: string;
  readonly figures: readonly Figure[];
}

export function figure(name: string, unit: Unit, value: number, aim?: number): Figure {
  return { name, unit, value, ...(aim === undefined ? {} : { aim }) };
}

/** How long each round took, in milliseconds. */
export async function timed(rounds: number, work: (round: number) => Promise<unknown>): Promise<readonly number[]> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    await work(round);
    took.push(performance.now() - began);
  }
  return took;
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** How often per second, when `count` took so long. */
export function perSecond(count: number, elapsedMs: number): number {
  return (count * 1000) / elapsedMs;
}

/** A Markdown table: a row for each figure, a column for each database; `!` marks what misses its aim. */
export function table(results: readonly Results[]): string {
  const named = new Map(results.flatMap(({ figures }) => figures.map((each) => [each.name, each] as const)));
  const header = ['', ...results.map(({ backend }) => backend), 'aim'];
  const rows = [...named.values()].map(({ name, unit, aim, least }) => [
    name,
    ...results.map(({ figures }) => cell(figures.find((each) => each.name === name))),
    aimWords(unit, aim, least),
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((text, column) => pad(text, widths[column] ?? 0, column)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

function aimWords(unit: Unit, aim: number | undefined, least: number | undefined): string {
  if (least !== undefined) return `≥ ${least} ${unit}`;
  return aim === undefined ? '' : `≤ ${aim} ${unit}`;
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

function cell(found: Figure | undefined): string {
  return found === undefined ? '—' : shown(found);
}

/** The value with its unit; `!` when it misses its aim. */
export function shown({ value, unit, aim, least }: Figure): string {
  const misses = (aim !== undefined && value > aim) || (least !== undefined && value < least);
  const digits = unit === '×' ? 2 : Math.abs(value) >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}${misses ? ' !' : ''}`;
}
