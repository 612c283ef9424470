/** Files that say who an agent is and what it may do. Its file tools may read them, never write them: words an agent reads must not be able to rewrite it. */
import { namesOf } from './path-text.ts';

const protectedAtRoot: ReadonlySet<string> = new Set(['soul.md', 'agents.md', 'memory.md', 'user.md', 'memory', 'skills']);

/** Git runs programs that its folder names (hooks, filters, a file-system monitor), so what is in there counts as a command. */
const protectedAnywhere: ReadonlySet<string> = new Set(['.git']);

/** True for the identity, instruction, memory and skill files at the top of a workspace and for every `.git`, also under another case or spelling of the same name. */
export function isProtected(path: string): boolean {
  const names = namesOf(path).map(fold);
  const [first] = names;
  if (first !== undefined && protectedAtRoot.has(first)) return true;
  return names.some((name) => protectedAnywhere.has(name));
}

/** What case-insensitive and normalising file systems may take for the same name. */
function fold(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/[. ]+$/u, '');
}
