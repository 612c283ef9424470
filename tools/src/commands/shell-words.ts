/** Splitting a command line into words, without a shell: quotes and backslashes group and escape, and nothing is ever expanded. Pure. */
import { done, refuse, type Settled } from '@guildhall/protocol';

/** What a shell would act on. Outside quotes each is refused, because here it would silently mean the character itself. */
const shellMarks = new Set('|&;<>()$`*?[]{}\n\r');
/** What a shell acts on inside double quotes too. */
const marksInDoubleQuotes = new Set('$`');

/** The words of a command line; `invalid-input` names the character that only a shell would understand. */
export function splitCommand(text: string): Settled<readonly string[]> {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charAt(at);
    if (quote === "'") {
      if (mark === "'") quote = null;
      else word = (word ?? '') + mark;
    } else if (quote === '"') {
      if (marksInDoubleQuotes.has(mark)) return refuseMark(mark, 'inside double quotes');
      if (mark === '"') quote = null;
      else if (mark === '\\' && /["\\]/u.test(text.charAt(at + 1))) {
        at += 1;
        word = (word ?? '') + text.charAt(at);
      } else word = (word ?? '') + mark;
    } else if (mark === ' ' || mark === '\t') {
      if (word !== null) words.push(word);
      word = null;
    } else if (mark === '"' || mark === "'") {
      quote = mark;
      word ??= '';
    } else if (mark === '\\') {
      at += 1;
      if (at >= text.length || text.charAt(at) === '\n') return refuseMark('\\', 'at the end of a line');
      word = (word ?? '') + text.charAt(at);
    } else if (shellMarks.has(mark)) return refuseMark(mark, 'outside quotes');
    else if (word === null && (mark === '~' || mark === '#')) return refuseMark(mark, 'at the beginning of a word');
    else word = (word ?? '') + mark;
  }
  if (quote !== null) return refuse('invalid-input', `the quote ${quote} is not closed`);
  if (word !== null) words.push(word);
  if (words.length === 0) return refuse('invalid-input', 'the command is empty');
  if (/^[A-Za-z_]\w*=/u.test(words[0] ?? ''))
    return refuse('invalid-input', `"${words[0]}" sets a variable, which only a shell does; set shell to true to use one (a person is then asked)`);
  return done(words);
}

function refuseMark(mark: string, where: string): Settled<never> {
  return refuse(
    'invalid-input',
    `${JSON.stringify(mark)} ${where} means something to a shell, and none is used. Put it in single quotes to mean the character, or set shell to true (a person is then asked)`,
  );
}
