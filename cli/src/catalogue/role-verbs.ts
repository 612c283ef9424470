import type { Noun, Verb, VerbOption } from '../verb.ts';

const planOption: VerbOption = { flags: '--plan <id>', summary: 'The plan' };
const roleOption: VerbOption = {
  flags: '--role <role>',
  summary: 'The role, in any spelling: lead, "Lead / PM", dev …',
  offers: ['lead', 'planner', 'developer', 'validator', 'release'],
};
const where = [planOption, roleOption];
const reasonOption: VerbOption = { flags: '--reason <text>', summary: 'Why' };

const sessionVerbs: readonly Verb[] = [
  {
    usage: 'list',
    summary: 'The roles, who reports to whom, and their sessions',
    more: 'With --plan the role sessions of that plan. With --json and without it each role with its sessions.',
    example: 'guildhall roles list --plan parser',
    options: [{ flags: '--plan <id>', summary: 'Only the sessions of this plan' }],
    load: async () => (await import('../commands/roles/list.ts')).listRoles,
  },
  {
    usage: 'show',
    summary: 'One role of a plan: what it does, its model, its context, what it cost',
    example: 'guildhall roles show --plan parser --role developer',
    options: where,
    load: async () => (await import('../commands/roles/show.ts')).showRole,
  },
  {
    usage: 'history',
    summary: 'Its incarnations, and why each began and ended',
    example: 'guildhall roles history --plan parser --role developer',
    options: where,
    load: async () => (await import('../commands/roles/show.ts')).showHistory,
  },
  {
    usage: 'ask <question>',
    summary: 'Ask an earlier incarnation; it answers from its own record and can do nothing',
    more: 'The question - reads stdin.',
    example: 'guildhall roles ask "why is the lexer written by hand?" --plan parser --role developer --incarnation 1',
    options: [...where, { flags: '--incarnation <number>', summary: 'Which one (default: the one before the present)' }],
    load: async () => (await import('../commands/roles/ask.ts')).askPredecessor,
  },
];

const lifeVerbs: readonly Verb[] = [
  {
    usage: 'retire',
    summary: 'It takes no more work; everything is kept',
    example: 'guildhall roles retire --plan parser --role developer --reason "the build is done"',
    options: [...where, reasonOption],
    load: async () => (await import('../commands/roles/change.ts')).retireRole,
  },
  {
    usage: 'reopen',
    summary: 'It goes on with the same history',
    example: 'guildhall roles reopen --plan parser --role developer --reason "a finding came back"',
    options: [...where, reasonOption],
    load: async () => (await import('../commands/roles/change.ts')).reopenRole,
  },
  {
    usage: 'rotate',
    summary: 'Begin its context anew from a brief; the record goes on',
    example: 'guildhall roles rotate --plan parser --role developer --reason "the context is full" --brief brief.md',
    options: [...where, reasonOption, { flags: '--brief <file>', summary: 'What the successor is told; - reads stdin' }],
    load: async () => (await import('../commands/roles/change.ts')).rotateRole,
  },
];

const workVerbs: readonly Verb[] = [
  {
    usage: 'invoke [task]',
    summary: 'Ask a piece of work of a role',
    more: 'The task - reads stdin, as does none on a pipe. With --wait the exit code is 0 when it succeeded, 1 when it failed or nothing shows for it, 3 when it was blocked, 6 when the time was over and the role still works.',
    example: 'guildhall roles invoke "Write the parser" --plan parser --role developer --expect "src/*.ts" --wait --timeout 10m',
    options: [
      ...where,
      { flags: '--wait', summary: 'Until it has ended' },
      { flags: '--timeout <time>', summary: 'With --wait: at most 30s, 10m, 2h … (default 10m)' },
      { flags: '--mode <mode>', summary: 'In its own session (default), or in a fresh one of this work alone', choices: ['persistent', 'delegated'] },
      { flags: '--expect <glob>', summary: 'A file that must be there afterwards; several by repeating it', repeats: true },
      { flags: '--phase <name>', summary: 'The phase of the plan it belongs to' },
      { flags: '--label <label>', summary: 'What it is about, for skills that labels call for; several by repeating it', repeats: true },
      { flags: '--path <path>', summary: 'Files it is about; several by repeating it', repeats: true },
      { flags: '--request-id <id>', summary: 'The same id again, after a lost answer, is the same run' },
    ],
    load: async () => (await import('../commands/roles/invoke.ts')).invokeRole,
  },
  {
    usage: 'runs',
    summary: 'What was asked of the roles of a plan, and how it ended',
    example: 'guildhall roles runs --plan parser --role developer',
    options: [planOption, { ...roleOption, summary: 'Only of this role' }],
    load: async () => (await import('../commands/roles/runs.ts')).listRuns,
  },
  {
    usage: 'answer <run> <text>',
    summary: 'Say what you did, for a role that a person fills; - reads stdin',
    example: 'guildhall roles answer run_0123 "released as 2.1"',
    options: [
      { flags: '--failed', summary: 'It could not be done' },
      { flags: '--plan <id>', summary: 'The plan of the run, when it is known' },
    ],
    load: async () => (await import('../commands/roles/answer.ts')).answerRun,
  },
];

const artifactVerbs: readonly Verb[] = [
  {
    usage: 'artifacts',
    summary: 'What the roles of a plan left behind',
    example: 'guildhall roles artifacts --plan parser',
    options: [planOption, { ...roleOption, summary: 'Only of this role' }],
    load: async () => (await import('../commands/roles/artifacts.ts')).listArtifacts,
  },
  {
    usage: 'artifact <id>',
    summary: 'One artifact: whose it is, and its content',
    more: 'Never over a file that is there.',
    example: 'guildhall roles artifact art_0123 --to report.md',
    options: [{ flags: '--to <file>', summary: 'Save it there; - for stdout' }],
    load: async () => (await import('../commands/roles/artifacts.ts')).showArtifact,
  },
];

const chartVerbs: readonly Verb[] = [
  {
    usage: 'import <file>',
    summary: 'Take over an org chart into the configuration',
    example: 'guildhall roles import org-chart.yaml --dry-run',
    options: [
      { flags: '--config <file>', summary: 'The file to change when no daemon runs' },
      { flags: '--yes', summary: 'Write without asking' },
      { flags: '--dry-run', summary: 'Only show the change' },
    ],
    load: async () => (await import('../commands/roles/import.ts')).importOrgChart,
  },
];

export const roleNouns: readonly Noun[] = [
  { name: 'roles', summary: 'Who does what in a plan: sessions that last', verbs: sessionVerbs },
  { name: 'roles', summary: 'Ask work of them, and see what came of it', verbs: workVerbs },
  { name: 'roles', summary: 'The files they left behind', verbs: artifactVerbs },
  { name: 'roles', summary: 'Let them rest, go on, or begin anew', verbs: lifeVerbs },
  { name: 'roles', summary: 'Take over the roles of another program', verbs: chartVerbs },
];
