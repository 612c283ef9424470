import type { BlockKind } from '@guildhall/protocol';
import type { Verb } from '../verb.ts';
import { completionOptions, holderOptions, reasonOption } from './kanban-options.ts';

const blockKinds = ['dependency', 'needs_input', 'capability', 'transient'] as const satisfies readonly BlockKind[];

export const holderVerbs: readonly Verb[] = [
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

export const endVerbs: readonly Verb[] = [
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

export const operatorVerbs: readonly Verb[] = [
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
