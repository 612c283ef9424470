import type { ClaimMode, LaneKind } from '@guildhall/protocol';
import type { Noun, Verb } from '../verb.ts';

const kinds = ['persistent', 'spawnable'] as const satisfies readonly LaneKind[];
const claimModes = ['pull', 'watch', 'pull-or-watch'] as const satisfies readonly ClaimMode[];

const readVerbs: readonly Verb[] = [
  {
    usage: 'register <name> [command...]',
    summary: 'Register a lane; its token is shown once',
    more: 'A persistent lane takes its tasks itself and is never started. A spawnable one is started for each task: its program and arguments stand behind --.',
    example: 'guildhall kanban lanes register factory --kind persistent --claim-mode pull-or-watch --allowed-status-mutations own-claimed-only',
    options: [
      { flags: '--kind <kind>', summary: 'Who starts it', choices: kinds },
      { flags: '--claim-mode <mode>', summary: 'How it finds work (default pull-or-watch)', choices: claimModes },
      { flags: '--allowed-status-mutations <which>', summary: 'What it may change: what it has claimed, while it holds it', choices: ['own-claimed-only'] },
      { flags: '--capacity <number>', summary: 'Tasks it may hold at once (default 1)' },
      { flags: '--label <label>', summary: 'A label; several by repeating it', repeats: true },
      { flags: '--description <text>', summary: 'What it is, for people' },
      { flags: '--lease <time>', summary: 'How long a claim lives without a heartbeat (default 90s)' },
    ],
    load: async () => (await import('../commands/kanban/lanes/register.ts')).registerLane,
  },
  {
    usage: 'list',
    summary: 'Lanes, with what they hold and what waits for them',
    example: 'guildhall kanban lanes list',
    load: async () => (await import('../commands/kanban/lanes/list.ts')).listLanes,
  },
  {
    usage: 'show <name>',
    summary: 'One lane',
    example: 'guildhall kanban lanes show factory',
    load: async () => (await import('../commands/kanban/lanes/list.ts')).showLane,
  },
];

const stateVerbs: readonly Verb[] = [
  {
    usage: 'drain <name>',
    summary: 'It takes nothing new; what it holds goes on',
    example: 'guildhall kanban lanes drain factory',
    load: async () => (await import('../commands/kanban/lanes/change.ts')).drainLane,
  },
  {
    usage: 'resume <name>',
    summary: 'It takes tasks again',
    example: 'guildhall kanban lanes resume factory',
    load: async () => (await import('../commands/kanban/lanes/change.ts')).resumeLane,
  },
  {
    usage: 'park <name>',
    summary: 'It takes nothing for a while: a quota, a login',
    example: 'guildhall kanban lanes park factory --reason "the quota is used up" --for 30m',
    options: [
      { flags: '--reason <text>', summary: 'Why' },
      { flags: '--for <time>', summary: 'Ends by itself after 30m, 2h …; without it somebody resumes it' },
    ],
    load: async () => (await import('../commands/kanban/lanes/change.ts')).parkLane,
  },
];

const tokenVerbs: readonly Verb[] = [
  {
    usage: 'rotate-token <name>',
    summary: 'A new token, shown once; the old one ends',
    example: 'guildhall kanban lanes rotate-token factory',
    load: async () => (await import('../commands/kanban/lanes/rotate-token.ts')).rotateLaneToken,
  },
  {
    usage: 'unregister <name>',
    summary: 'End it: its token, and its claims, which go back to the board',
    example: 'guildhall kanban lanes unregister factory',
    load: async () => (await import('../commands/kanban/lanes/change.ts')).unregisterLane,
  },
];

export const laneNouns: readonly Noun[] = [
  { name: 'kanban lanes', summary: 'Lanes: who may take tasks', verbs: readVerbs },
  { name: 'kanban lanes', summary: 'Whether a lane takes tasks', verbs: stateVerbs },
  { name: 'kanban lanes', summary: 'The token of a lane, and its end', verbs: tokenVerbs },
];
