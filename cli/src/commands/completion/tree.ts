import type { Group, Verb } from '../../verb.ts';

/** A place on the command line and what may come next there. */
export interface Place {
  /** The words so far, without the program: `''`, `agents`, `agents add`. */
  readonly path: string;
  readonly next: readonly { readonly word: string; readonly summary: string }[];
  readonly options: readonly { readonly word: string; readonly summary: string; readonly takesValue: boolean; readonly choices: readonly string[] }[];
}

const everywhere: Place['options'] = [
  { word: '--json', summary: 'Answer in JSON', takesValue: false, choices: [] },
  { word: '--help', summary: 'Print help', takesValue: false, choices: [] },
];

export function readTree(catalogue: readonly Group[]): readonly Place[] {
  const entries = catalogue.flatMap((group) => group.entries);
  const top: Place = { path: '', next: entries.map((entry) => ({ word: nameOf(entry), summary: entry.summary })), options: everywhere };
  const below = entries.flatMap((entry) => {
    if (!('verbs' in entry)) return [placeOf([], entry)];
    const noun: Place = { path: entry.name, next: entry.verbs.map((verb) => ({ word: nameOf(verb), summary: verb.summary })), options: everywhere };
    return [noun, ...entry.verbs.map((verb) => placeOf([entry.name], verb))];
  });
  return [top, ...below];
}

function placeOf(before: readonly string[], verb: Verb): Place {
  const options = (verb.options ?? []).map(({ flags, summary, choices, offers }) => {
    const [word = flags] = flags.split(' ');
    return { word, summary, takesValue: flags.includes('<'), choices: choices ?? offers ?? [] };
  });
  const shells = verb.usage.includes('<shell>') ? ['bash', 'zsh', 'fish'].map((word) => ({ word, summary: '' })) : [];
  return { path: [...before, nameOf(verb)].join(' '), next: shells, options: [...options, ...everywhere] };
}

function nameOf(entry: { readonly name: string } | { readonly usage: string }): string {
  return 'name' in entry ? entry.name : (entry.usage.split(' ')[0] ?? entry.usage);
}
