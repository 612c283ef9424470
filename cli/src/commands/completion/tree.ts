import type { Group, Noun, Verb } from '../../verb.ts';

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
  const nouns = entries.filter((entry) => 'verbs' in entry);
  const names = [...new Set(nouns.map((noun) => noun.name))];
  const verbs = entries.flatMap((entry) => ('verbs' in entry ? [] : [placeOf([], entry)]));
  return [
    { path: '', next: wordsAfter(entries, ''), options: everywhere },
    ...verbs,
    ...names.map((name) => ({ path: name, next: wordsAfter(entries, name), options: everywhere })),
    ...nouns.flatMap((noun) => noun.verbs.map((verb) => placeOf(noun.name.split(' '), verb))),
  ];
}

/** The verbs of a noun and the nouns below it; for the empty name the words a command begins with. */
function wordsAfter(entries: readonly (Noun | Verb)[], name: string): Place['next'] {
  const before = name === '' ? '' : `${name} `;
  const offers = entries.flatMap((entry) => {
    if (!('verbs' in entry)) return name === '' ? [{ word: nameOf(entry), summary: entry.summary }] : [];
    if (entry.name === name) return entry.verbs.map((verb) => ({ word: nameOf(verb), summary: verb.summary }));
    if (!entry.name.startsWith(before)) return [];
    return [{ word: entry.name.slice(before.length).split(' ')[0] ?? '', summary: entry.summary }];
  });
  return offers.filter(({ word }, at) => offers.findIndex((other) => other.word === word) === at);
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
