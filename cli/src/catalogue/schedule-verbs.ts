import type { CatchUp } from '@guildhall/protocol';
import type { Noun, Verb } from '../verb.ts';

const catchUpRules = ['one', 'all', 'none'] as const satisfies readonly CatchUp[];

const scheduleVerbs: readonly Verb[] = [
  {
    usage: 'create <name> <prompt>',
    summary: 'Let work begin by time',
    more: 'One of --in, --at, --every and --cron says when; --agent, or --plan and --role, say who. The prompt @file reads a file, - stdin.',
    example: 'guildhall schedules create morning "What is new?" --cron "0 9 * * 1-5" --timezone Europe/Berlin --agent main --deliver telegram:-100123456',
    options: [
      { flags: '--in <time>', summary: 'Once, after 90s, 30m, 2h, 3d …' },
      { flags: '--at <when>', summary: 'Once: 18:30, "tomorrow 9:00", 2026-12-01T09:00 or ISO 8601' },
      { flags: '--every <time>', summary: 'Again and again, every 30m, 2h, 1d …' },
      { flags: '--cron <expression>', summary: 'Minute, hour, day, month, day of the week: "0 9 * * 1-5"' },
      { flags: '--timezone <zone>', summary: 'Of --cron, such as Europe/Berlin' },
      { flags: '--agent <id>', summary: 'Who does it' },
      { flags: '--plan <id>', summary: 'Or a role of this plan' },
      { flags: '--role <role>', summary: 'Which' },
      { flags: '--deliver <platform:chat>', summary: 'Send the answer there, or the news that there is none' },
      { flags: '--account <id>', summary: 'With --deliver: by which of several accounts' },
      { flags: '--thread <id>', summary: 'With --deliver: into this thread' },
      { flags: '--catch-up <rule>', summary: 'What was due while no daemon ran: one of them (default), all or none', choices: catchUpRules },
      { flags: '--jitter <time>', summary: 'Up to so much later, each time otherwise: 30s, 5m …' },
    ],
    load: async () => (await import('../commands/schedules/create.ts')).createSchedule,
  },
  {
    usage: 'list',
    summary: 'Schedules, and when each is due',
    example: 'guildhall schedules list',
    load: async () => (await import('../commands/schedules/list.ts')).listSchedules,
  },
  {
    usage: 'show <name>',
    summary: 'One schedule, with what came of its times',
    example: 'guildhall schedules show morning',
    load: async () => (await import('../commands/schedules/list.ts')).showSchedule,
  },
];

const scheduleChangeVerbs: readonly Verb[] = [
  {
    usage: 'pause <name>',
    summary: 'Nothing begins until it is resumed',
    example: 'guildhall schedules pause morning --reason "holidays"',
    options: [{ flags: '--reason <text>', summary: 'Kept with it' }],
    load: async () => (await import('../commands/schedules/change.ts')).pauseSchedule,
  },
  {
    usage: 'resume <name>',
    summary: 'It goes on from its next time',
    example: 'guildhall schedules resume morning',
    load: async () => (await import('../commands/schedules/change.ts')).resumeSchedule,
  },
  {
    usage: 'run <name>',
    summary: 'Once now, whatever its times say; they stay as they are',
    example: 'guildhall schedules run morning',
    load: async () => (await import('../commands/schedules/change.ts')).runSchedule,
  },
  {
    usage: 'remove <name>',
    summary: 'It is gone; what came of it stays in the journal',
    example: 'guildhall schedules remove morning',
    load: async () => (await import('../commands/schedules/change.ts')).removeSchedule,
  },
];

export const scheduleNouns: readonly Noun[] = [
  { name: 'schedules', summary: 'Work that begins by time', verbs: scheduleVerbs },
  { name: 'schedules', summary: 'Let them rest, go on, or be gone', verbs: scheduleChangeVerbs },
];
