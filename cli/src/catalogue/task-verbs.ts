import type { TaskStatus } from '@guildhall/protocol';
import type { Verb } from '../verb.ts';
import { boardOption, fieldOptions, holderOptions } from './kanban-options.ts';

const statuses = ['triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review', 'done', 'archived'] as const satisfies readonly TaskStatus[];

export const findVerbs: readonly Verb[] = [
  {
    usage: 'create <title>',
    summary: 'Make a task',
    more: 'It is ready at once unless it waits for its start, for other tasks or in triage.',
    example: 'guildhall kanban create "Write the parser" --assignee factory --body @spec.md --accept "npm test passes" --at "tomorrow 9:00"',
    options: [
      { flags: '--assignee <name>', summary: 'A lane, an agent or operator; - for nobody yet' },
      boardOption,
      ...fieldOptions,
      { flags: '--parent <task>', summary: 'Waits until this one is done; several by repeating it', repeats: true },
      { flags: '--workspace <where>', summary: 'scratch (default), dir:PATH or worktree:REPOSITORY#BASE' },
      { flags: '--triage', summary: 'Waits until somebody specifies it' },
      { flags: '--idempotency-key <key>', summary: 'The same key makes one task, however often it is sent' },
      { flags: '--metadata <json>', summary: 'A JSON object; @file reads a file, - stdin' },
    ],
    load: async () => (await import('../commands/kanban/create.ts')).createTask,
  },
  {
    usage: 'list',
    summary: 'Tasks: status, who has them, what they wait for',
    example: 'guildhall kanban list --status ready --assignee factory',
    options: [
      boardOption,
      { flags: '--status <status>', summary: 'Only these', choices: statuses },
      { flags: '--assignee <name>', summary: 'Only those of this lane, agent or operator' },
      { flags: '--label <label>', summary: 'Only those with this label' },
      { flags: '--search <words>', summary: 'Only those with these words in the title' },
      { flags: '--archived', summary: 'Archived ones too' },
      { flags: '--limit <number>', summary: 'At most so many (default 100)' },
    ],
    load: async () => (await import('../commands/kanban/list.ts')).listTasks,
  },
  {
    usage: 'show <id>',
    summary: 'One task: why it waits, runs, links, comments, attachments, claim',
    example: 'guildhall kanban show task_0123',
    load: async () => (await import('../commands/kanban/show.ts')).showTask,
  },
  {
    usage: 'runs <id>',
    summary: 'What was tried, by whom, and how it ended',
    example: 'guildhall kanban runs task_0123',
    load: async () => (await import('../commands/kanban/show.ts')).listRuns,
  },
  {
    usage: 'watch',
    summary: 'What happens on a board, or concerns a lane, as it happens',
    more: 'Goes on after a restart of the daemon without missing anything. With --json one event on each line.',
    example: 'guildhall kanban watch --lane factory --json',
    options: [
      { flags: '--lane <name>', summary: 'Tasks this lane could take and tasks it holds' },
      boardOption,
      { flags: '--after <cursor>', summary: 'From behind this cursor, or stream@seq; without it from the beginning' },
    ],
    load: async () => (await import('../commands/kanban/watch.ts')).watchBoard,
  },
];

export const changeVerbs: readonly Verb[] = [
  {
    usage: 'edit <id>',
    summary: 'Change what is said about a task',
    more: 'Labels and criteria replace those there were.',
    example: 'guildhall kanban edit task_0123 --priority 5 --label urgent --label parser',
    options: [
      { flags: '--title <text>', summary: 'The title' },
      { flags: '--assignee <name>', summary: 'A lane, an agent or operator; - for nobody' },
      ...fieldOptions,
      { flags: '--no-review', summary: 'Nobody has to accept it' },
      { flags: '--no-evidence', summary: 'It may be completed without evidence' },
    ],
    load: async () => (await import('../commands/kanban/change.ts')).editTask,
  },
  {
    usage: 'assign <id> <assignee>',
    summary: 'Give it to a lane, an agent or operator; - for nobody',
    example: 'guildhall kanban assign task_0123 factory',
    load: async () => (await import('../commands/kanban/change.ts')).assignTask,
  },
  {
    usage: 'schedule <id>',
    summary: 'Not before a time',
    example: 'guildhall kanban schedule task_0123 --at "tomorrow 9:00"',
    options: [{ flags: '--at <when>', summary: '+2h, 18:30, "tomorrow 9:00", monday, 2026-11-22 09:00 or ISO 8601; now takes the limit away' }],
    load: async () => (await import('../commands/kanban/change.ts')).scheduleTask,
  },
  {
    usage: 'specify <id>',
    summary: 'Let it leave triage',
    example: 'guildhall kanban specify task_0123',
    load: async () => (await import('../commands/kanban/operate.ts')).specifyTask,
  },
];

export const factVerbs: readonly Verb[] = [
  {
    usage: 'link <parent> <child>',
    summary: 'The child waits until the parent is done',
    example: 'guildhall kanban link task_0123 task_0456',
    load: async () => (await import('../commands/kanban/link.ts')).linkTasks,
  },
  {
    usage: 'unlink <parent> <child>',
    summary: 'It waits no longer',
    example: 'guildhall kanban unlink task_0123 task_0456',
    load: async () => (await import('../commands/kanban/link.ts')).unlinkTasks,
  },
  {
    usage: 'comment <id> <text>',
    summary: 'Say something about it; - reads stdin',
    example: 'guildhall kanban comment task_0123 "the spec changed, see the wiki"',
    options: holderOptions,
    load: async () => (await import('../commands/kanban/holder-verbs.ts')).commentTask,
  },
  {
    usage: 'metadata <id> <json>',
    summary: 'Merge into its metadata; null removes a key',
    more: 'A JSON object; @file reads a file, - stdin.',
    example: `guildhall kanban metadata task_0123 '{"branch": "parser"}'`,
    options: holderOptions,
    load: async () => (await import('../commands/kanban/holder-verbs.ts')).annotateTask,
  },
];

export const fileVerbs: readonly Verb[] = [
  {
    usage: 'attach <id> <file>',
    summary: 'Attach a file',
    example: 'guildhall kanban attach task_0123 report.pdf --media-type application/pdf',
    options: [
      { flags: '--name <name>', summary: 'Call it so instead of by its file name' },
      { flags: '--media-type <type>', summary: 'What it is' },
      ...holderOptions,
    ],
    load: async () => (await import('../commands/kanban/attachments.ts')).attachFile,
  },
  {
    usage: 'attachments <id>',
    summary: 'The files attached to it',
    example: 'guildhall kanban attachments task_0123',
    load: async () => (await import('../commands/kanban/show.ts')).listAttachments,
  },
  {
    usage: 'download <id> <attachment>',
    summary: 'Save an attachment, by its id or name',
    more: 'Never over a file that is there.',
    example: 'guildhall kanban download task_0123 report.pdf --out -',
    options: [{ flags: '--out <file>', summary: 'Where to; - for stdout (default: its name, here)' }],
    load: async () => (await import('../commands/kanban/attachments.ts')).downloadAttachment,
  },
];
