/**
 * Limits on a configuration text, checked before the YAML parser sees it. The parser recurses and compares keys pairwise, so a hostile text could take minutes or
 * the whole process with it (300,000 opening brackets abort Node itself); counting its tokens takes milliseconds.
 */
import { Lexer } from 'yaml';

const maxConfigBytes = 1024 * 1024;
const maxTokens = 60_000;
const maxFlowDepth = 40;
const signals = new Set(['\u0002', '\u0018', '\u001F']);

export interface TextProblem {
  /** Offset in UTF-16 code units. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string | null;
}

export function findSizeProblem(bytes: number): TextProblem | undefined {
  if (bytes <= maxConfigBytes) return undefined;
  return {
    offset: 0,
    message: `the file has ${bytes} bytes, more than ${maxConfigBytes}`,
    hint: 'move long texts into files of their own: personality: {file: …}',
  };
}

export function findTextProblem(text: string): TextProblem | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0');
    return {
      offset: control.index,
      message: `a control character (U+${code.toUpperCase()}) stands in the text`,
      hint: 'remove it, or write it as an escape in double quotes',
    };
  }
  return findNestingProblem(text);
}

function findNestingProblem(text: string): TextProblem | undefined {
  let offset = 0;
  let tokens = 0;
  let flowDepth = 0;
  let indicatorsOnLine = 0;
  for (const token of new Lexer().lex(text)) {
    tokens++;
    if (tokens > maxTokens)
      return { offset, message: `the file has more than ${maxTokens} YAML tokens`, hint: 'split it, or move long texts into files of their own' };
    if (token === '[' || token === '{') flowDepth++;
    if (token === ']' || token === '}') flowDepth--;
    if (token === '\n' || token === '\r\n') indicatorsOnLine = 0;
    if (token === '-' || token === '?') indicatorsOnLine++;
    if (flowDepth > maxFlowDepth || indicatorsOnLine > maxFlowDepth) return { offset, message: `values nest deeper than ${maxFlowDepth} levels`, hint: null };
    // The lexer marks documents, scalars and flow ends with one-character signals that are not in the text.
    if (!signals.has(token)) offset += token.length;
  }
  return undefined;
}
