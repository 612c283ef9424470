/** The two memory files of a workspace: what the agent keeps, and what it knows of its person. */
import { done, type Settled } from '@guildhall/protocol';
import { decodeText } from '../files/text-file.ts';
import { readFileBytes } from '../workspace/files.ts';
import type { Workspace, Workspaces } from '../workspace/workspace.ts';
import { parseMemory, formatMemory, type MemoryEntry } from './entries.ts';

export type MemoryTarget = 'memory' | 'user';

export const memoryFiles = {
  memory: { path: 'memory/MEMORY.md', mostChars: 8000 },
  user: { path: 'memory/USER.md', mostChars: 4000 },
} as const satisfies Record<MemoryTarget, { readonly path: string; readonly mostChars: number }>;

const mostBytes = 256 * 1024;

/** The bytes and entries of a memory file; none when it does not exist. */
export async function readMemoryFile(
  workspace: Workspace,
  target: MemoryTarget,
): Promise<Settled<{ readonly bytes: Buffer | null; readonly entries: readonly MemoryEntry[] }>> {
  const { path } = memoryFiles[target];
  const file = await readFileBytes(workspace, path, mostBytes);
  if (!file.ok) return file.refusal.code === 'not-found' ? done({ bytes: null, entries: [] }) : file;
  const text = decodeText(file.value.bytes, path);
  return text.ok ? done({ bytes: file.value.bytes, entries: parseMemory(text.value) }) : text;
}

/** What an agent remembers, for its system prompt: both files as text with their labels, cut at their limits. Empty texts when there is nothing. */
export async function readMemory(workspaces: Workspaces, path: string): Promise<Settled<{ readonly memory: string; readonly user: string }>> {
  const workspace = await workspaces.admit(path);
  if (!workspace.ok) return workspace;
  const memory = await readMemoryFile(workspace.value, 'memory');
  if (!memory.ok) return memory;
  const user = await readMemoryFile(workspace.value, 'user');
  if (!user.ok) return user;
  return done({
    memory: formatMemory(memory.value.entries).slice(0, memoryFiles.memory.mostChars),
    user: formatMemory(user.value.entries).slice(0, memoryFiles.user.mostChars),
  });
}
