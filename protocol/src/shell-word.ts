/** A word of a command that is told to people, so that it can be pasted: quoted where a shell would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,][\w./:@%+=,-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
