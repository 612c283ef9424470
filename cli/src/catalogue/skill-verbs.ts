import type { Noun, Verb, VerbOption } from '../verb.ts';

const scopeOption: VerbOption = { flags: '--scope <scope>', summary: 'global, agent:ID or project:NAME (default: the narrowest there is)' };

const skillVerbs: readonly Verb[] = [
  {
    usage: 'list',
    summary: 'Skills, approved or not',
    example: 'guildhall skills list',
    load: async () => (await import('../commands/skills/list.ts')).listSkills,
  },
  {
    usage: 'show <name>',
    summary: 'One skill: its text, what to look at before saying yes, what changed',
    example: 'guildhall skills show code-review',
    options: [scopeOption],
    load: async () => (await import('../commands/skills/show.ts')).showSkill,
  },
  {
    usage: 'report',
    summary: 'Which skills ran where, beside what policy asks for',
    example: 'guildhall skills report --plan parser',
    options: [{ flags: '--plan <id>', summary: 'Only of this plan' }],
    load: async () => (await import('../commands/skills/report.ts')).reportDrift,
  },
];

const approvalVerbs: readonly Verb[] = [
  {
    usage: 'stage <path>',
    summary: 'Install a skill; it stays inert until it is approved',
    more: "A folder or a .zip, .tar or .tar.gz on the daemon's machine. Nothing in it is run.",
    example: 'guildhall skills stage ./code-review --scope global',
    options: [{ ...scopeOption, summary: 'Where it will live: global (default), agent:ID or project:NAME' }],
    load: async () => (await import('../commands/skills/change.ts')).stageSkill,
  },
  {
    usage: 'approve <name>',
    summary: 'Approve exactly these bytes',
    more: 'Read it first: guildhall skills show NAME. With --hash only if it is still what you read.',
    example: 'guildhall skills approve code-review',
    options: [{ flags: '--hash <hash>', summary: 'Only if it is still this one' }, scopeOption],
    load: async () => (await import('../commands/skills/change.ts')).approveSkill,
  },
  {
    usage: 'quarantine <name>',
    summary: 'Nobody loads it any more',
    example: 'guildhall skills quarantine code-review --reason "it asks for a download"',
    options: [{ flags: '--reason <text>', summary: 'Why' }, scopeOption],
    load: async () => (await import('../commands/skills/change.ts')).quarantineSkill,
  },
];

const policyVerbs: readonly Verb[] = [
  {
    usage: 'show',
    summary: 'The policy in force: which role must load which skills',
    example: 'guildhall skills policy show --role developer',
    options: [{ flags: '--role <role>', summary: 'Only what it asks of this role' }],
    load: async () => (await import('../commands/skills/policy/show.ts')).showPolicy,
  },
  {
    usage: 'diff <rev>',
    summary: 'What a revision would change',
    example: 'guildhall skills policy diff 3',
    load: async () => (await import('../commands/skills/policy/show.ts')).diffPolicy,
  },
  {
    usage: 'history',
    summary: 'Every revision that was proposed',
    example: 'guildhall skills policy history',
    load: async () => (await import('../commands/skills/policy/show.ts')).listPolicies,
  },
];

const policyChangeVerbs: readonly Verb[] = [
  {
    usage: 'propose <file>',
    summary: 'Propose another one, in YAML or JSON; - reads stdin',
    more: 'roles: {developer: {required: [code-review], recommended: [], triggered: [{skill: sql, paths: ["**/*.sql"]}], blocking: true}}. Nothing changes before it is approved.',
    example: 'guildhall skills policy propose skills.yaml --note "reviews for everybody"',
    options: [{ flags: '--note <text>', summary: 'Why' }],
    load: async () => (await import('../commands/skills/policy/change.ts')).proposePolicy,
  },
  {
    usage: 'approve <rev>',
    summary: 'Put it in force',
    example: 'guildhall skills policy approve 3',
    load: async () => (await import('../commands/skills/policy/change.ts')).approvePolicy,
  },
];

export const skillNouns: readonly Noun[] = [
  { name: 'skills', summary: 'Instructions for agents, and which ran where', verbs: skillVerbs },
  { name: 'skills', summary: 'Which may be loaded: a person says so', verbs: approvalVerbs },
  { name: 'skills policy', summary: 'Which role must load which skills', verbs: policyVerbs },
  { name: 'skills policy', summary: 'Change that', verbs: policyChangeVerbs },
];
