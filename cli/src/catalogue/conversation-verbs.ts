import type { Verb } from '../verb.ts';

export const sessionVerbs: readonly Verb[] = [
  {
    usage: 'list',
    summary: 'Sessions, most recent first',
    example: 'guildhall sessions list --agent coder',
    options: [
      { flags: '--agent <id>', summary: 'Only those of this agent' },
      { flags: '--limit <number>', summary: 'At most so many (default 100)' },
      { flags: '--children', summary: 'Also those of delegated children' },
    ],
    load: async () => (await import('../commands/sessions/list.ts')).listSessions,
  },
  {
    usage: 'show <key>',
    summary: 'The end of a conversation',
    example: 'guildhall sessions show agent:coder:main --last 50',
    options: [{ flags: '--last <number>', summary: 'So many entries (default 20)' }],
    load: async () => (await import('../commands/sessions/show.ts')).showSession,
  },
  {
    usage: 'export <key>',
    summary: 'A whole conversation, one JSON entry on each line',
    example: 'guildhall sessions export agent:coder:main > coder.ndjson',
    load: async () => (await import('../commands/sessions/export.ts')).exportSession,
  },
  {
    usage: 'cancel <key>',
    summary: 'Stop what runs and waits in a session',
    example: 'guildhall sessions cancel agent:coder:main',
    load: async () => (await import('../commands/sessions/cancel.ts')).cancelSession,
  },
];

export const approvalVerbs: readonly Verb[] = [
  {
    usage: 'list',
    summary: 'What was asked, pending first',
    example: 'guildhall approvals list --status pending',
    options: [{ flags: '--status <status>', summary: 'Only these', choices: ['pending', 'approved', 'denied', 'expired', 'used'] }],
    load: async () => (await import('../commands/approvals/list.ts')).listApprovals,
  },
  {
    usage: 'show <id>',
    summary: 'Exactly what would run',
    example: 'guildhall approvals show apr_0123',
    load: async () => (await import('../commands/approvals/show.ts')).showApproval,
  },
  {
    usage: 'approve <id>',
    summary: 'Say yes, once, to exactly this',
    example: 'guildhall approvals approve apr_0123',
    options: [
      { flags: '--always', summary: 'Yes from now on: to exactly these words and files, where that is offered' },
      { flags: '--reason <text>', summary: 'Kept with the answer' },
    ],
    load: async () => (await import('../commands/approvals/answer.ts')).approve,
  },
  {
    usage: 'deny <id>',
    summary: 'Say no',
    example: 'guildhall approvals deny apr_0123 --reason "not on a Friday"',
    options: [{ flags: '--reason <text>', summary: 'Kept with the answer; the agent reads it' }],
    load: async () => (await import('../commands/approvals/answer.ts')).deny,
  },
  {
    usage: 'standing',
    summary: 'What you allowed for always',
    example: 'guildhall approvals standing',
    load: async () => (await import('../commands/approvals/standing.ts')).listStanding,
  },
  {
    usage: 'forget <id>',
    summary: 'Ask again from now on',
    example: 'guildhall approvals forget always_appr_0123',
    load: async () => (await import('../commands/approvals/forget.ts')).forgetStanding,
  },
];
