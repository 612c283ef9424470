import type { Noun, Verb, VerbOption } from '../verb.ts';

const riskOption: VerbOption = {
  flags: '--risk <level>',
  summary: 'A level, or a class of risk of the configuration; it can only raise what policy says',
  offers: ['low', 'medium', 'high', 'dangerous'],
};
const forbidOption: VerbOption = {
  flags: '--forbid <action>',
  summary: 'An action that nobody may take for it, such as db_write; several by repeating it',
  repeats: true,
};

const askVerbs: readonly Verb[] = [
  {
    usage: 'dispatch <task>',
    summary: 'Ask bounded work of one agent or role, on behalf of another',
    more: 'An end is an agent, a session key, or role:<plan>/<role>. The task - reads stdin, @file reads a file. It runs visibly in the chat of the target, if every guardrail allows it. With --wait the exit code is 0 when it succeeded, 1 when it failed, was given up or nobody knows, 3 when it was refused or cancelled, 6 when the time was over and it goes on.',
    example: 'guildhall handoffs dispatch --from director --to frontend "Review the preview homepage" --risk low --forbid db_write --wait',
    options: [
      { flags: '--from <source>', summary: 'On behalf of whom' },
      { flags: '--to <target>', summary: 'Who is to do it' },
      riskOption,
      forbidOption,
      { flags: '--dedup-key <key>', summary: 'The same key from and to the same is the same handoff' },
      { flags: '--wait', summary: 'Until it has ended, telling how it goes on stderr' },
      { flags: '--timeout <time>', summary: 'With --wait: at most 30s, 10m, 2h … (without it as long as it takes)' },
    ],
    load: async () => (await import('../commands/handoffs/dispatch.ts')).dispatchHandoff,
  },
  {
    usage: 'import <file>',
    summary: 'Dispatch what was written down by hand: one record, or an array of them',
    more: 'JSON with source_session, target_session, task, risk_level, forbidden_actions; - reads stdin. Nothing is sent when anything in the file is wrong.',
    example: 'guildhall handoffs import handoff.json',
    load: async () => (await import('../commands/handoffs/import.ts')).importHandoffs,
  },
  {
    usage: 'edit <id>',
    summary: 'Change what will run, before it begins; a person is asked again',
    more: 'Risk can only rise, and forbidden actions can only be added. The task - reads stdin, @file reads a file.',
    example: 'guildhall handoffs edit handoff_0123 --task "Review the homepage only" --forbid dns_change',
    options: [
      { flags: '--task <text>', summary: 'What is to be done instead' },
      riskOption,
      { ...forbidOption, summary: 'One more action that nobody may take for it; several by repeating it' },
    ],
    load: async () => (await import('../commands/handoffs/change.ts')).editHandoff,
  },
  {
    usage: 'resume <id>',
    summary: 'Announce a paused one in its chat again',
    example: 'guildhall handoffs resume handoff_0123',
    load: async () => (await import('../commands/handoffs/change.ts')).resumeHandoff,
  },
  {
    usage: 'cancel <id>',
    summary: 'Call it off, with everything it led to',
    more: 'Exit code 1 when it could not be confirmed of something that it has stopped.',
    example: 'guildhall handoffs cancel handoff_0123 --reason "the release is off"',
    options: [{ flags: '--reason <text>', summary: 'Why' }],
    load: async () => (await import('../commands/handoffs/cancel.ts')).cancelHandoff,
  },
];

const lookVerbs: readonly Verb[] = [
  {
    usage: 'list',
    summary: 'Handoffs, newest first',
    more: 'With --watch the table stays and changes with them; on a pipe and with --json it is one record on each line, each time one changed.',
    example: 'guildhall handoffs list --open --watch',
    options: [
      {
        flags: '--status <status>',
        summary: 'Only these',
        choices: ['refused', 'awaiting-approval', 'queued', 'paused', 'running', 'finished', 'cancelled', 'uncertain'],
      },
      { flags: '--open', summary: 'Only those that have not ended' },
      { flags: '--from <source>', summary: 'Only on behalf of this agent or role' },
      { flags: '--to <target>', summary: 'Only to this agent or role' },
      { flags: '--after <id>', summary: 'Those before this one: the next page' },
      { flags: '--limit <number>', summary: 'At most so many (default 100)' },
      { flags: '--watch', summary: 'Until Ctrl-C' },
    ],
    load: async () => (await import('../commands/handoffs/list.ts')).listHandoffs,
  },
  {
    usage: 'show <id>',
    summary: 'One handoff: what was asked, under which bounds, what came of it',
    example: 'guildhall handoffs show handoff_0123',
    load: async () => (await import('../commands/handoffs/show.ts')).showHandoff,
  },
  {
    usage: 'explain <id>',
    summary: 'What every guardrail said, each time it was asked, and what it looked at',
    more: 'With --json the decisions, first asked first: in each, decidedBy names the guardrail and answers the rule of every one.',
    example: 'guildhall handoffs explain handoff_0123',
    load: async () => (await import('../commands/handoffs/explain.ts')).explainHandoff,
  },
  {
    usage: 'edges',
    summary: 'Who hands to whom: how many, how many failures in a row, at what cost',
    example: 'guildhall handoffs edges',
    load: async () => (await import('../commands/handoffs/edges.ts')).listEdges,
  },
];

export const handoffNouns: readonly Noun[] = [
  { name: 'handoffs', summary: 'Ask work of one agent on behalf of another', verbs: askVerbs },
  { name: 'handoffs', summary: 'What was handed to whom, and why or why not', verbs: lookVerbs },
];
