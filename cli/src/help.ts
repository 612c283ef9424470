/** The first things people read: what there is, and what a noun can do. The help of a single verb is commander's own. */
import { catalogue } from './catalogue/catalogue.ts';
import type { Screen } from './terminal/screen.ts';
import { joinShown, nothing, show, type Shown } from './terminal/shown.ts';
import { cut, displayWidth } from './terminal/table.ts';
import type { Noun, Verb } from './verb.ts';

interface Row {
  readonly term: string;
  readonly summary: string;
}

export function renderTopHelp(screen: Screen): string {
  const { paint } = screen;
  const rows = catalogue.map((group) => ({ heading: group.heading, rows: group.entries.map(rowOf) }));
  const width = widest(rows.flatMap((group) => group.rows));
  return joinShown([
    show`${paint('bold', 'guildhall')} keeps a team of AI agents alive on your own machine.`,
    nothing,
    show`  guildhall ${paint('cyan', '<command>')} [options]`,
    ...rows.flatMap((group) => [nothing, paint('bold', group.heading), ...group.rows.map((row) => renderRow(screen, row, width))]),
    nothing,
    paint('bold', 'Everywhere'),
    renderRow(screen, { term: '--json', summary: 'Answer in JSON on stdout, for scripts' }, width),
    renderRow(screen, { term: '-h, --help', summary: 'Print help; every command has its own, with an example' }, width),
    renderRow(screen, { term: '-V, --version', summary: 'Print the version' }, width),
    nothing,
    paint('bold', 'Try'),
    show`  guildhall up                                 ${paint('dim', 'and in a second terminal:')}`,
    show`  guildhall chat "hello"`,
    show`  guildhall chat --agent coder "write hello.py and run it"`,
    show`  guildhall route explain --platform telegram --chat -100123456`,
    nothing,
  ]).shown;
}

/** All verbs of the noun called `name` and of what lies below it, part by part. */
export function renderNounHelp(screen: Screen, name: string): string {
  const { paint } = screen;
  const parts = catalogue
    .flatMap((group) => group.entries)
    .filter((entry) => 'verbs' in entry)
    .filter((noun) => noun.name === name || noun.name.startsWith(`${name} `))
    .map((noun) => ({ noun, rows: noun.verbs.map((verb) => ({ term: verb.usage, summary: verb.summary, example: verb.example })) }));
  const width = widest(parts.flatMap((part) => part.rows));
  return joinShown([
    ...parts.flatMap(({ noun, rows }) => [
      show`${paint('bold', `guildhall ${noun.name}`)}  ${noun.summary}`,
      nothing,
      ...rows.flatMap((row) => [renderRow(screen, row, width), show`  ${' '.repeat(width)}  ${paint('dim', row.example)}`]),
      nothing,
    ]),
    paint('dim', `Options: guildhall ${name} <command> --help`),
    nothing,
  ]).shown;
}

function rowOf(entry: Noun | Verb): Row {
  if (!('verbs' in entry)) return { term: entry.usage, summary: entry.summary };
  return { term: `${entry.name} ${entry.verbs.map((verb) => verb.usage.split(' ')[0]).join('|')}`, summary: entry.summary };
}

function renderRow(screen: Screen, { term, summary }: Row, width: number): Shown {
  const room = screen.width === undefined ? summary.length : Math.max(20, screen.width - width - 4);
  return show`  ${screen.paint('cyan', term)}${' '.repeat(width - displayWidth(term))}  ${cut(summary, room, screen.marks.ellipsis)}`;
}

function widest(rows: readonly Row[]): number {
  return Math.max(...rows.map((row) => displayWidth(row.term)));
}
