import type { Noun, Verb } from '../verb.ts';
import { endVerbs, holderVerbs, operatorVerbs } from './claim-verbs.ts';
import { boardOption } from './kanban-options.ts';
import { changeVerbs, factVerbs, fileVerbs, findVerbs } from './task-verbs.ts';

const codeVerbs: readonly Verb[] = [
  {
    usage: 'diff <id>',
    summary: 'What was changed in its worktree',
    example: 'guildhall kanban diff task_0123',
    load: async () => (await import('../commands/kanban/worktree.ts')).showDiff,
  },
  {
    usage: 'pr <id>',
    summary: 'Push its branch and ask for it to be merged',
    example: 'guildhall kanban pr task_0123 --title "Add the parser"',
    options: [
      { flags: '--remote <name>', summary: 'Push there (default origin)' },
      { flags: '--title <text>', summary: 'Instead of the title of the task' },
      { flags: '--body <text>', summary: 'Instead of what is known about it; @file reads a file, - stdin' },
    ],
    load: async () => (await import('../commands/kanban/worktree.ts')).openPullRequest,
  },
  {
    usage: 'import <from> <path>',
    summary: 'Take over the board of another program',
    more: "From is hermes or vibe-kanban; the path is that of its database on the daemon's machine. What came over before is left as it is.",
    example: 'guildhall kanban import hermes ~/.hermes/kanban.db --dry-run',
    options: [boardOption, { flags: '--dry-run', summary: 'Only say what would come over' }],
    load: async () => (await import('../commands/kanban/import.ts')).importBoard,
  },
];

const boardVerbs: readonly Verb[] = [
  {
    usage: 'list',
    summary: 'Boards',
    example: 'guildhall kanban boards list',
    load: async () => (await import('../commands/kanban/boards/boards.ts')).listBoards,
  },
  {
    usage: 'create <name>',
    summary: 'Make a board',
    example: 'guildhall kanban boards create website --title "The web site" --archive-done-after 30',
    options: [
      { flags: '--title <text>', summary: 'What people call it' },
      { flags: '--archive-done-after <days>', summary: 'Put done tasks away after so many days' },
    ],
    load: async () => (await import('../commands/kanban/boards/boards.ts')).createBoard,
  },
  {
    usage: 'show [name]',
    summary: 'A board in columns',
    example: 'guildhall kanban boards show website',
    load: async () => (await import('../commands/kanban/boards/boards.ts')).showBoard,
  },
];

export const kanbanNouns: readonly Noun[] = [
  { name: 'kanban', summary: 'Tasks: make, find and follow them', verbs: findVerbs },
  { name: 'kanban', summary: 'Change what is said about a task', verbs: changeVerbs },
  { name: 'kanban', summary: 'What waits for what, and what is known', verbs: factVerbs },
  { name: 'kanban', summary: 'Files that belong to a task', verbs: fileVerbs },
  { name: 'kanban', summary: 'Hold a task: take it, keep it, give it back', verbs: holderVerbs },
  { name: 'kanban', summary: 'How the work on a task ends', verbs: endVerbs },
  { name: 'kanban', summary: 'What an operator does about a task', verbs: operatorVerbs },
  { name: 'kanban', summary: 'From the work to a pull request; foreign boards', verbs: codeVerbs },
  { name: 'kanban boards', summary: 'Boards', verbs: boardVerbs },
];
