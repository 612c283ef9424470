import type { BlockKind, TaskStatus } from '@guildhall/protocol';
import type { Noun, Verb, VerbOption } from '../verb.ts';

const statuses = ['triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review', 'done', 'archived'] as const satisfies readonly TaskStatus[];
const blockKinds = ['dependency', 'needs_input', 'capability', 'transient'] as const satisfies readonly BlockKind[];

const boardOption: VerbOption = { flags: '--board <name>', summary: 'On this board (default: $GUILDHALL_KANBAN_BOARD, else "default")' };
const reasonOption: VerbOption = { flags: '--reason <text>', summary: 'Kept with it' };

const holderOptions: readonly VerbOption[] = [
  { flags: '--claim-token-file <file>', summary: 'The token of the claim, or what "claim --json" printed; without it $GUILDHALL_CLAIM_TOKEN' },
  { flags: '--claim-token <token>', summary: 'The token itself; others on this machine can see it' },
];

/** For making a task and for changing it. */
const fieldOptions: readonly VerbOption[] = [
  { flags: '--body <text>', summary: 'What is to be done; @file reads a file, - stdin' },
  { flags: '--priority <number>', summary: 'Higher goes first (default 0)' },
  { flags: '--label <label>', summary: 'A label; several by repeating it', repeats: true },
  { flags: '--at <when>', summary: 'Not before: +2h, 18:30, "tomorrow 9:00", monday, 2026-11-22 09:00 or ISO 8601' },
  { flags: '--accept <criterion>', summary: 'What must be shown for it to count as done; several by repeating it', repeats: true },
  { flags: '--review', summary: 'Somebody accepts it before it is done' },
  { flags: '--reviewer <name>', summary: 'Who does' },
  { flags: '--evidence', summary: 'It cannot be completed without evidence' },
  { flags: '--max-attempts <number>', summary: 'Failed runs before it is blocked' },
  { flags: '--max-runtime <time>', summary: 'A run that takes longer is ended: 30m, 2h …, or none' },
];

const completionOptions: readonly VerbOption[] = [
  { flags: '--summary <text>', summary: 'What was done; @file reads a file, - stdin' },
  { flags: '--metadata <json>', summary: 'A JSON object, kept with the run; @file and - as above' },
  { flags: '--evidence <kind:text>', summary: 'check, link, file or note; "check#2:…" shows the second criterion; several by repeating it', repeats: true },
  { flags: '--artifact <name=url>', summary: 'What came out and where it is; several by repeating it', repeats: true },
  { flags: '--run-id <id>', summary: 'Refuse when another run holds the task' },
];

const findVerbs: readonly Verb[] = [
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

const changeVerbs: readonly Verb[] = [
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

const factVerbs: readonly Verb[] = [
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

const fileVerbs: readonly Verb[] = [
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

const holderVerbs: readonly Verb[] = [
  {
    usage: 'claim [id]',
    summary: 'Take the next task of a lane, or this one',
    more: 'Prints the token of the claim, this once. Exit code 6 when there was nothing.',
    example: 'guildhall kanban claim --lane factory --wait 30s --json',
    options: [
      { flags: '--lane <name>', summary: 'The lane (default: that of the credential; for people operator)' },
      { flags: '--wait <time>', summary: 'Wait for a task: 30s, 5m …' },
      { flags: '--board <name>', summary: 'Only from this board' },
      { flags: '--request-id <id>', summary: 'The same id again, after a lost answer, gives the same claim' },
    ],
    load: async () => (await import('../commands/kanban/claim.ts')).claimTask,
  },
  {
    usage: 'heartbeat <id>',
    summary: 'Say that you live: the claim is extended',
    example: 'guildhall kanban heartbeat task_0123 --note "half of the tests pass" --progress 50%',
    options: [{ flags: '--note <text>', summary: 'What you are at' }, { flags: '--progress <part>', summary: '0.4 or 40%' }, ...holderOptions],
    load: async () => (await import('../commands/kanban/holder-verbs.ts')).heartbeat,
  },
  {
    usage: 'release <id>',
    summary: 'Give it back unfinished',
    example: 'guildhall kanban release task_0123 --reason "going home"',
    options: [reasonOption, ...holderOptions],
    load: async () => (await import('../commands/kanban/holder-verbs.ts')).releaseTask,
  },
];

const endVerbs: readonly Verb[] = [
  {
    usage: 'complete <id>',
    summary: 'It is done',
    example: 'guildhall kanban complete task_0123 --summary "parser written" --evidence "check:npm test, 40 passed" --artifact pr=https://example.org/pr/7',
    options: [...completionOptions, { flags: '--review', summary: 'Hand it to the reviewer although the task does not ask for it' }, ...holderOptions],
    load: async () => (await import('../commands/kanban/complete.ts')).completeTask,
  },
  {
    usage: 'block <id> <reason>',
    summary: 'It cannot go on; an operator may block what nobody holds',
    more: 'The reason - reads stdin. dependency lifts itself when the tasks it waits for are done, transient after a while; the other two need a person.',
    example: 'guildhall kanban block task_0123 "which of the two dialects?" --kind needs_input',
    options: [
      { flags: '--kind <kind>', summary: 'What would unblock it', choices: blockKinds },
      { flags: '--on <task>', summary: 'For dependency: waits until this one is done; several by repeating it', repeats: true },
      { flags: '--retry-after <time>', summary: 'For transient: tried again after 10m, 2h …' },
      ...holderOptions,
    ],
    load: async () => (await import('../commands/kanban/block.ts')).blockTask,
  },
  {
    usage: 'review <id>',
    summary: 'Accept what waits for review, or send it back',
    more: 'Who holds the task hands it over for review with --summary.',
    example: 'guildhall kanban review task_0123 --return "the error messages have no line numbers"',
    options: [
      { flags: '--accept', summary: 'It is done' },
      { flags: '--return <reason>', summary: 'It is not: what is missing' },
      { flags: '--reason <text>', summary: 'Kept with the acceptance' },
      ...completionOptions,
      ...holderOptions,
    ],
    load: async () => (await import('../commands/kanban/review.ts')).reviewTask,
  },
];

const operatorVerbs: readonly Verb[] = [
  {
    usage: 'unblock <id>',
    summary: 'Lift a block and forget failed attempts',
    example: 'guildhall kanban unblock task_0123 --reason "the answer is in the comments"',
    options: [reasonOption],
    load: async () => (await import('../commands/kanban/operate.ts')).unblockTask,
  },
  {
    usage: 'reclaim <id>',
    summary: 'Take it from the lane that holds it',
    example: 'guildhall kanban reclaim task_0123 --reason "the machine is gone"',
    options: [reasonOption],
    load: async () => (await import('../commands/kanban/operate.ts')).reclaimTask,
  },
  {
    usage: 'archive <id>',
    summary: 'Put it away',
    example: 'guildhall kanban archive task_0123',
    load: async () => (await import('../commands/kanban/operate.ts')).archiveTask,
  },
];

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
