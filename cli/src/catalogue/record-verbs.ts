import type { Verb } from '../verb.ts';

export const eventVerbs: readonly Verb[] = [
  {
    usage: 'watch',
    summary: 'What happens, as it happens',
    more: 'Goes on after a restart of the daemon without missing anything. With --json one event on each line.',
    example: 'guildhall events watch --stream session:agent:coder:main',
    options: [
      { flags: '--after <cursor>', summary: 'From behind this cursor, or stream@seq; without it from the beginning' },
      { flags: '--stream <name>', summary: 'Only this stream' },
    ],
    load: async () => (await import('../commands/events/watch.ts')).watchEvents,
  },
];

export const budgetVerbs: readonly Verb[] = [
  {
    usage: 'show',
    summary: 'Every limit, what was spent and what is reserved',
    example: 'guildhall budget show',
    load: async () => (await import('../commands/budget/show.ts')).showBudgets,
  },
];

export const costsVerb: Verb = {
  usage: 'costs',
  summary: 'What it cost',
  example: 'guildhall costs --by day',
  options: [
    { flags: '--by <what>', summary: 'agent (default), day, plan, edge (who hands to whom) or lane', offers: ['agent', 'day', 'plan', 'edge', 'lane'] },
  ],
  load: async () => (await import('../commands/costs/show.ts')).showCosts,
};

export const auditVerbs: readonly Verb[] = [
  {
    usage: 'verify',
    summary: 'Check the hash chain of the journal',
    more: 'With heads that were exported before and kept elsewhere, also that nothing recorded until then was cut off or rewritten. Exit code 1, and the first bad event, when it does not hold.',
    example: 'guildhall audit verify --against heads.json',
    options: [{ flags: '--against <file>', summary: 'heads from: guildhall audit head --export; - for stdin' }],
    load: async () => (await import('../commands/audit/verify.ts')).verifyAudit,
  },
  {
    usage: 'export',
    summary: 'The whole journal, one JSON event on each line',
    example: 'guildhall audit export > journal.ndjson',
    load: async () => (await import('../commands/audit/export.ts')).exportAudit,
  },
  {
    usage: 'head',
    summary: 'The digest over everything recorded so far; keep it elsewhere',
    more: 'Exported are the number and the hash of the last event of every stream. A file that is there is not written over.',
    example: 'guildhall audit head --export heads.json',
    options: [{ flags: '--export <file>', summary: 'write the head of every stream into a new file' }],
    load: async () => (await import('../commands/audit/head.ts')).showHead,
  },
];

export const databaseVerbs: readonly Verb[] = [
  {
    usage: 'backup <file>',
    summary: 'Take a backup that was checked, while the daemon runs',
    more: "The file is written on the daemon's machine.",
    example: 'guildhall db backup guildhall-backup.db',
    load: async () => (await import('../commands/db/backup.ts')).takeBackup,
  },
  {
    usage: 'restore <file>',
    summary: 'Put a backup in place; the daemon must be stopped',
    more: 'The backup is checked first and what was there is kept beside it.',
    example: 'guildhall db restore guildhall-backup.db',
    load: async () => (await import('../commands/db/restore.ts')).restoreBackup,
  },
  {
    usage: 'verify',
    summary: 'Check every invariant of the database',
    example: 'guildhall db verify',
    load: async () => (await import('../commands/db/verify.ts')).verifyDatabase,
  },
];
