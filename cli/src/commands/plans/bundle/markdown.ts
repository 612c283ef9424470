/** Markdown from text of others: whatever it holds is shown as text, in a viewer and in a terminal alike. */
import { escapeBlock, escapeLine } from '../../../terminal/terminal-text.ts';

/** Within a line. */
export function inline(text: string): string {
  return escapeLine(text.trim().replaceAll(/\s*\n\s*/g, ' ')).replaceAll(/[\\`*_[\]<>|~&#!]/g, (sign) => `\\${sign}`);
}

/** A name, a path or an id, exactly. */
export function code(text: string): string {
  const safe = escapeLine(text);
  const fence = '`'.repeat(longestRun(safe) + 1);
  const pad = safe.startsWith('`') || safe.endsWith('`') ? ' ' : '';
  return safe === '' ? '' : `${fence}${pad}${safe}${pad}${fence}`;
}

/** Several lines, exactly. */
export function fenced(text: string): string {
  const safe = escapeBlock(text).trimEnd();
  const fence = '`'.repeat(Math.max(3, longestRun(safe) + 1));
  return `${fence}text\n${safe}\n${fence}`;
}

/** Cells are Markdown already. `none` stands for an empty table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function link(words: string, path: string): string {
  const address = path
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29')))
    .join('/');
  return `[${words}](${address})`;
}

/** Parts of a page with an empty line between them; parts without text are left out. */
export function page(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
