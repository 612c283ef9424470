/** The rules a path must pass as text, before any file system is asked. What passes is one spelling: relative, `/` between names, no `.` or `..`. */
import { done, refuse, type Settled } from '@guildhall/protocol';

const longestPathBytes = 4096;
const longestNameBytes = 255;
const mostNames = 64;

/** `.` for the workspace itself. */
export const rootPath = '.';

/**
 * The one spelling of a path a model gave: relative to the workspace, or absolute below `root`. `..` is resolved in the text, which is exact because no symbolic
 * link is ever followed. Refuses `outside-workspace` for everything that leaves the root and `invalid-input` for what has no single meaning on every system
 * (backslashes, drive letters, URLs, `~`, control characters, names ending in a dot or a space, over-long names).
 */
export function parsePath(text: string, root: string): Settled<string> {
  const objection = objectionTo(text);
  if (objection !== null) return refuse('invalid-input', `the path ${shown(text)} ${objection}. Give a path relative to the workspace, such as notes/today.md`);
  const inside = text === root ? rootPath : text.startsWith(`${root}/`) ? text.slice(root.length + 1) : text;
  if (inside.startsWith('/')) return refuse('outside-workspace', `${shown(text)} is outside the workspace. Give a path relative to it, such as notes/today.md`);
  const names: string[] = [];
  for (const name of inside.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) return refuse('outside-workspace', `${shown(text)} leads out of the workspace`);
  }
  const badName = names.map(objectionToName).find((found) => found !== null);
  if (badName !== undefined) return refuse('invalid-input', `the path ${shown(text)} ${badName}`);
  if (names.length > mostNames) return refuse('invalid-input', `the path has ${names.length} folders; ${mostNames} are the most`);
  return done(names.length === 0 ? rootPath : names.join('/'));
}

/** The names a parsed path is made of; none for the workspace itself. */
export function namesOf(path: string): readonly string[] {
  return path === rootPath ? [] : path.split('/');
}

function objectionTo(text: string): string | null {
  if (text === '') return 'is empty';
  if (!text.isWellFormed()) return 'is not valid Unicode';
  if (Buffer.byteLength(text) > longestPathBytes) return `is longer than ${longestPathBytes} bytes`;
  if (/\p{Cc}/u.test(text)) return 'holds a control character';
  if (text.includes('\\')) return 'holds a backslash; folders are separated by /';
  if (/^(?:[a-z]:|[a-z][a-z0-9+.-]*:\/\/|(?:file|unix|data):)/iu.test(text)) return 'is a URL or begins with a drive letter';
  if (text.startsWith('~')) return 'begins with ~, which has no meaning here';
  return null;
}

function objectionToName(name: string): string | null {
  if (Buffer.byteLength(name) > longestNameBytes) return `holds a name longer than ${longestNameBytes} bytes`;
  if (/[. ]$/u.test(name)) return 'holds a name that ends in a dot or a space';
  return null;
}

function shown(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return JSON.stringify(short);
}
