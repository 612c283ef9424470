import type { FindingStatus, PlanStatus, Severity } from '@guildhall/protocol';
import type { Noun, Verb } from '../verb.ts';

const planStatuses = ['open', 'completed'] as const satisfies readonly PlanStatus[];
const findingStatuses = ['reported', 'asked', 'accepted', 'remediated', 'closed', 'rejected', 'deferred'] as const satisfies readonly FindingStatus[];
const severities = ['critical', 'high', 'medium', 'low', 'info'] as const satisfies readonly Severity[];

const planVerbs: readonly Verb[] = [
  {
    usage: 'create <id>',
    summary: 'Make a plan; the one that is there when it exists',
    more: 'The id is exactly what is written. A phase is done when each of its roles has succeeded in it.',
    example: 'guildhall plans create parser --title "A new parser" --packet spec.md --phase "design: lead, planner" --phase "build: developer, validator"',
    options: [
      { flags: '--title <text>', summary: 'What people call it' },
      { flags: '--goal <text>', summary: 'What is to be reached; @file reads a file, - stdin' },
      { flags: '--packet <file>', summary: 'What every role of the plan is given to read; - reads stdin' },
      { flags: '--phase <phase>', summary: '"name: role, role"; several by repeating it, in their order', repeats: true },
    ],
    load: async () => (await import('../commands/plans/create.ts')).createPlan,
  },
  {
    usage: 'list',
    summary: 'Plans, and what keeps each from being completed',
    example: 'guildhall plans list --status open',
    options: [{ flags: '--status <status>', summary: 'Only these', choices: planStatuses }],
    load: async () => (await import('../commands/plans/list.ts')).listPlans,
  },
  {
    usage: 'show <id>',
    summary: 'One plan: phases, roles, findings, what blocks it, what it cost',
    example: 'guildhall plans show parser',
    load: async () => (await import('../commands/plans/show.ts')).showPlan,
  },
  {
    usage: 'packet <id> <file>',
    summary: 'Give its roles something else to read',
    more: 'A revision of its own; runs say which one they had. - reads stdin.',
    example: 'guildhall plans packet parser spec.md',
    load: async () => (await import('../commands/plans/change.ts')).changePacket,
  },
];

const planEndVerbs: readonly Verb[] = [
  {
    usage: 'complete <id>',
    summary: 'Complete it, if nothing blocks it',
    more: 'What blocks it is listed, with the command that helps, and the exit code is 3. Blockers may be waived, each with a reason.',
    example: 'guildhall plans complete parser --waive finding-deferred:find_0123 --reason "known, and told to the users"',
    options: [
      { flags: '--waive <blocker>', summary: 'Take this upon yourself; several by repeating it', repeats: true },
      { flags: '--reason <text>', summary: 'Why; one for all, or one behind each --waive', repeats: true },
    ],
    load: async () => (await import('../commands/plans/complete.ts')).completePlan,
  },
  {
    usage: 'reopen <id>',
    summary: 'Open it again',
    example: 'guildhall plans reopen parser --reason "the customer found another mistake"',
    options: [{ flags: '--reason <text>', summary: 'Why' }],
    load: async () => (await import('../commands/plans/change.ts')).reopenPlan,
  },
  {
    usage: 'export <id>',
    summary: 'Everything about it, into a folder to read or as one JSON value',
    more: 'The folder holds README.md, plan.json, the packets, a page for each role, the findings, the artifacts and the journal. With --json and without --to the plan is printed as one value.',
    example: 'guildhall plans export parser --to parser-report',
    options: [
      { flags: '--to <folder>', summary: 'The folder (default: plan-ID, here)' },
      { flags: '--force', summary: 'Into a folder that holds something already' },
    ],
    load: async () => (await import('../commands/plans/export.ts')).exportPlan,
  },
];

const findingVerbs: readonly Verb[] = [
  {
    usage: 'list',
    summary: 'Findings, and what each waits for',
    example: 'guildhall findings list --plan parser --status reported',
    options: [
      { flags: '--plan <id>', summary: 'Only of this plan' },
      { flags: '--status <status>', summary: 'Only these', choices: findingStatuses },
    ],
    load: async () => (await import('../commands/findings/list.ts')).listFindings,
  },
  {
    usage: 'show <id>',
    summary: 'One finding, with everything that was decided about it',
    example: 'guildhall findings show find_0123',
    load: async () => (await import('../commands/findings/list.ts')).showFinding,
  },
  {
    usage: 'report <title>',
    summary: 'Report one yourself; it waits for the Lead',
    example: 'guildhall findings report "Empty files make it crash" --plan parser --severity high --evidence "test/empty.test.ts fails"',
    options: [
      { flags: '--plan <id>', summary: 'The plan' },
      { flags: '--severity <how>', summary: 'How bad it is', choices: severities },
      { flags: '--description <text>', summary: 'What is wrong; @file reads a file, - stdin' },
      { flags: '--evidence <what>', summary: 'What shows it; several by repeating it', repeats: true },
    ],
    load: async () => (await import('../commands/findings/report.ts')).reportFinding,
  },
  {
    usage: 'revalidate <id> <text>',
    summary: 'Say whether it is mended, and how you know; - reads stdin',
    example: 'guildhall findings revalidate find_0123 "the test passes now" --passed --role validator',
    options: [
      { flags: '--passed', summary: 'It is mended' },
      { flags: '--failed', summary: 'It is not: back to who mends it' },
      { flags: '--role <role>', summary: 'For which of those who must look again' },
    ],
    load: async () => (await import('../commands/findings/revalidate.ts')).revalidateFinding,
  },
];

const decisionVerbs: readonly Verb[] = [
  {
    usage: 'accept <id>',
    summary: 'It will be mended, and looked at again',
    example: 'guildhall findings accept find_0123 --assign-to developer --revalidate-by validator',
    options: [
      { flags: '--assign-to <role>', summary: 'Who mends it (default: the developer)' },
      { flags: '--revalidate-by <role>', summary: 'Who must look again (default: who reported it); several by repeating it', repeats: true },
      { flags: '--reason <text>', summary: 'Kept with it' },
    ],
    load: async () => (await import('../commands/findings/dispose.ts')).acceptFinding,
  },
  {
    usage: 'reject <id>',
    summary: 'It is none',
    example: 'guildhall findings reject find_0123 --reason "the specification wants it so"',
    options: [{ flags: '--reason <text>', summary: 'Why' }],
    load: async () => (await import('../commands/findings/dispose.ts')).rejectFinding,
  },
  {
    usage: 'defer <id>',
    summary: 'Not now; the plan is not complete until it is waived',
    example: 'guildhall findings defer find_0123 --reason "after the release"',
    options: [{ flags: '--reason <text>', summary: 'Why' }],
    load: async () => (await import('../commands/findings/dispose.ts')).deferFinding,
  },
  {
    usage: 'ask <id> <question>',
    summary: 'Ask who reported it; - reads stdin',
    example: 'guildhall findings ask find_0123 "with which version did you see it?"',
    load: async () => (await import('../commands/findings/dispose.ts')).askAboutFinding,
  },
  {
    usage: 'answer <id> <text>',
    summary: 'Answer that question; - reads stdin',
    example: 'guildhall findings answer find_0123 "with 2.1, and with 2.0 too"',
    load: async () => (await import('../commands/findings/dispose.ts')).answerFinding,
  },
];

export const planNouns: readonly Noun[] = [
  { name: 'plans', summary: 'Pieces of work for a team of roles', verbs: planVerbs },
  { name: 'plans', summary: 'How a plan ends, and what is left of it', verbs: planEndVerbs },
  { name: 'findings', summary: 'What was found wrong, and whether it is mended', verbs: findingVerbs },
  { name: 'findings', summary: 'What is done about it', verbs: decisionVerbs },
];
