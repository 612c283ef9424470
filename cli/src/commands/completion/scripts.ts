/** Completion scripts: written once, asking no daemon and starting no program when a key is pressed. */
import type { Place } from './tree.ts';

/** Works out which place of the tree the cursor is at: the longest one the words before it spell, options left out. */
export function bashScript(places: readonly Place[]): string {
  const words = places.map(({ path, next, options }) => `    ${quote(path)}) words=${quote([...next, ...options].map(({ word }) => word).join(' '))} ;;`);
  return `# bash completion for guildhall
_guildhall() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" place='' words='' index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${place:+$place }\${COMP_WORDS[index]}" in
      ${deeper(places)}) place="\${place:+$place }\${COMP_WORDS[index]}" ;;
    esac
  done
  case "$place $previous" in
${values(places)}
  esac
  case "$place" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _guildhall guildhall
`;
}

export function zshScript(places: readonly Place[]): string {
  const described = (items: readonly { readonly word: string; readonly summary: string }[]) =>
    items.map(({ word, summary }) => quote(`${word.replaceAll(':', '\\:')}:${summary}`)).join(' ');
  const offers = places.map(({ path, next, options }) => `    ${quote(path)}) offers=(${described([...next, ...options])}) ;;`);
  const choices = places.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ word, choices: list }) => `    ${quote(`${path} ${word}`)}) ${list.length === 0 ? '_files' : `compadd -- ${list.map(quote).join(' ')}`}; return ;;`,
      ),
  );
  return `#compdef guildhall
_guildhall() {
  local place='' index
  local -a offers
  for ((index = 2; index < CURRENT; index++)); do
    case "\${place:+$place }\${words[index]}" in
      ${deeper(places)}) place="\${place:+$place }\${words[index]}" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${choices.join('\n')}
  esac
  case "$place" in
${offers.join('\n')}
  esac
  _describe 'guildhall' offers || _files
}
if [ "$funcstack[1]" = "_guildhall" ]; then _guildhall "$@"; else compdef _guildhall guildhall; fi
`;
}

export function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, next, options }) => {
    const here = `-n ${quote(`__guildhall_at ${quote(path)}`)}`;
    const words = next.map(({ word, summary }) => `complete -c guildhall ${here} -f -a ${quote(word)} -d ${quote(summary)}`);
    const flags = options.map(({ word, summary, takesValue, choices }) => {
      const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : '';
      return `complete -c guildhall ${here} -l ${word.slice(2)}${value} -d ${quote(summary)}`;
    });
    return [...words, ...flags];
  });
  return `# fish completion for guildhall
function __guildhall_at
  set -l place
  for word in (commandline -opc)[2..-1]
    set -l longer (string join -- ' ' $place $word)
    contains -- $longer ${places
      .filter(({ path }) => path !== '')
      .map(({ path }) => quote(path))
      .join(' ')}; and set place $longer
  end
  test "$place" = "$argv[1]"
end
${lines.join('\n')}
`;
}

function deeper(places: readonly Place[]): string {
  return places
    .filter(({ path }) => path !== '')
    .map(({ path }) => quote(path))
    .join(' | ');
}

/** Bash: after an option that takes a value, its choices or the files there are. */
function values(places: readonly Place[]): string {
  return places
    .flatMap(({ path, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(
          ({ word, choices }) =>
            `    ${quote(`${path} ${word}`)}) ${choices.length === 0 ? '' : `COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current")); `}return ;;`,
        ),
    )
    .join('\n');
}

/** In single quotes, for all three shells: fish knows \\' inside them, the others need to leave and come back. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
