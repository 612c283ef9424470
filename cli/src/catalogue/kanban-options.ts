/** Options that several verbs of the board have. */
import type { VerbOption } from '../verb.ts';

export const boardOption: VerbOption = { flags: '--board <name>', summary: 'On this board (default: $GUILDHALL_KANBAN_BOARD, else "default")' };

export const reasonOption: VerbOption = { flags: '--reason <text>', summary: 'Kept with it' };

export const holderOptions: readonly VerbOption[] = [
  { flags: '--claim-token-file <file>', summary: 'The token of the claim, or what "claim --json" printed; without it $GUILDHALL_CLAIM_TOKEN' },
  { flags: '--claim-token <token>', summary: 'The token itself; others on this machine can see it' },
];

/** For making a task and for changing it. */
export const fieldOptions: readonly VerbOption[] = [
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

export const completionOptions: readonly VerbOption[] = [
  { flags: '--summary <text>', summary: 'What was done; @file reads a file, - stdin' },
  { flags: '--metadata <json>', summary: 'A JSON object, kept with the run; @file and - as above' },
  { flags: '--evidence <kind:text>', summary: 'check, link, file or note; "check#2:…" shows the second criterion; several by repeating it', repeats: true },
  { flags: '--artifact <name=url>', summary: 'What came out and where it is; several by repeating it', repeats: true },
  { flags: '--run-id <id>', summary: 'Refuse when another run holds the task' },
];
