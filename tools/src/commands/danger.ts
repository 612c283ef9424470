/** Whether a command needs a person's yes. What is judged here is exactly the words that run; anything not known to be harmless asks. Pure. */
import { printableLine } from '../printable.ts';
import { askingPrograms, freeFindWords, freeGitVerbs, freePrograms, type FreeProgram } from './free-programs.ts';

/** Commands an operator allowed beyond the list: whole argument vectors, compared word by word. */
export type AllowedCommands = readonly (readonly string[])[];

/** Programs that print their words, whatever they look like. */
const textOnly: ReadonlySet<string> = new Set(['echo', 'printf']);

/** A sentence when running `argv` in `workspace` needs a person's yes; null when it only reads there. */
export function dangerOfCommand(argv: readonly string[], workspace: string, allowed: AllowedCommands): string | null {
  if (allowed.some((words) => words.length === argv.length && words.every((word, index) => word === argv[index]))) return null;
  const [program = '', ...rest] = argv;
  if (program === 'git') return dangerOfGit(rest, workspace);
  if (program === 'find') return dangerOfFind(rest, workspace);
  if (textOnly.has(program)) return null;
  if (Object.hasOwn(freePrograms, program)) return dangerOfWords(program, rest, freePrograms[program] ?? {}, workspace);
  if (program.includes('/')) return `"${printableLine(program, 80)}" is a program chosen by its path`;
  const asking = askingPrograms.find(([, programs]) => programs.includes(program));
  return asking === undefined ? `"${printableLine(program, 80)}" is not on the list of programs that only read` : `"${program}" ${asking[0]}`;
}

/** The words of a free command that may name files, for a last look at where they lead. */
export function fileWordsOf(argv: readonly string[]): readonly string[] {
  const [program = ''] = argv;
  if (textOnly.has(program) || (Object.hasOwn(freePrograms, program) && freePrograms[program]?.text === true)) return [];
  return argv.slice(1).flatMap((word) => (word.startsWith('-') ? (word.includes('=') ? [word.slice(word.indexOf('=') + 1)] : []) : [word]));
}

function dangerOfGit(words: readonly string[], workspace: string): string | null {
  const [verb = '', ...rest] = words[0] === '--no-pager' ? words.slice(1) : words;
  const rule = Object.hasOwn(freeGitVerbs, verb) ? freeGitVerbs[verb] : undefined;
  if (rule === undefined)
    return verb === 'push' ? '"git push" sends the work to another machine' : `"git ${printableLine(verb, 40)}" is not on the list of git verbs that only read`;
  return dangerOfWords(`git ${verb}`, rest, rule, workspace);
}

function dangerOfFind(words: readonly string[], workspace: string): string | null {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const following = Object.hasOwn(freeFindWords, word) ? freeFindWords[word] : undefined;
    if (following !== undefined) at += following;
    else if (word.startsWith('-')) return `"find" with ${printableLine(word, 40)} is not known to only read`;
    else if (leavesWorkspace(word, workspace)) return `"find" looks outside the workspace: ${printableLine(word, 80)}`;
  }
  return null;
}

function dangerOfWords(program: string, words: readonly string[], rule: FreeProgram, workspace: string): string | null {
  const values: string[] = [];
  let operands = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') {
      values.push(...words.slice(at + 1));
      operands += words.length - at - 1;
      break;
    }
    const option = word.length > 1 && word.startsWith('-') ? readOption(word, rule) : null;
    if (option === null) {
      values.push(word);
      operands += 1;
      continue;
    }
    if (!option.known) return `"${program}" with ${printableLine(word, 40)} is not known to only read`;
    if (option.takesNext) at += 1;
    values.push(option.value ?? (option.takesNext ? (words[at] ?? '') : ''));
  }
  if (rule.operands !== undefined && operands > rule.operands) return `"${program}" with ${operands} operands is not known to only read`;
  if (rule.text === true) return null;
  const outside = values.find((value) => leavesWorkspace(value, workspace));
  return outside === undefined ? null : `"${program}" reads outside the workspace: ${printableLine(outside, 80)}`;
}

interface Option {
  readonly known: boolean;
  readonly takesNext: boolean;
  readonly value?: string;
}

function readOption(word: string, rule: FreeProgram): Option {
  const unknown: Option = { known: false, takesNext: false };
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals === -1 ? undefined : equals);
    const value = equals === -1 ? {} : { value: word.slice(equals + 1) };
    if (rule.long?.includes(name) === true) return { known: true, takesNext: false, ...value };
    return rule.longValued?.includes(name) === true ? { known: true, takesNext: equals === -1, ...value } : unknown;
  }
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    if (rule.valued?.includes(letter) === true)
      return at + 1 < word.length ? { known: true, takesNext: false, value: word.slice(at + 1) } : { known: true, takesNext: true };
    if (rule.flags?.includes(letter) !== true) return unknown;
  }
  return { known: true, takesNext: false };
}

/** Whether a word, taken as a path, could leave the workspace. Errs on the side of yes: `..` anywhere, any absolute path not below it. */
function leavesWorkspace(word: string, workspace: string): boolean {
  if (word.startsWith('~')) return true;
  if (/(?:^|[/:])\.\.(?:$|\/)/u.test(word)) return true;
  if (!word.startsWith('/')) return false;
  return word !== workspace && !word.startsWith(`${workspace}/`);
}
