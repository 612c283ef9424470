/** AGENTS.md: instructions that a project gives to whoever works in it. */
import type { Harvest, ImportFile } from './harvest.ts';

/** The outermost file becomes an agent that works by it; deeper ones hold for parts of a project and are listed. */
export function importAgentsMd(files: readonly ImportFile[], harvest: Harvest): void {
  const found = files.filter((file) => /(^|\/)AGENTS\.md$/i.test(file.path)).toSorted((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1));
  const [outermost, ...deeper] = found;
  if (outermost === undefined || outermost.text.trim() === '') return;
  const directory = outermost.path.split('/').at(-2);
  harvest.addAgent(directory === undefined ? 'project' : directory.replace(/^\.+/, ''), { personality: outermost.text.trim(), tools: 'coding' });
  harvest.note(
    `${outermost.path}: the instructions are the personality; the agent has the profile coding, and a workspace of its own unless you name the project's directory`,
  );
  for (const file of deeper) harvest.leaveOut(`${file.path}: instructions for part of a project`);
}

function depth(path: string): number {
  return path.split('/').length;
}
