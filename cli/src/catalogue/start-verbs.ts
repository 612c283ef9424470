import type { Verb } from '../verb.ts';

export const startVerbs: readonly Verb[] = [
  {
    usage: 'up',
    summary: 'Start the daemon in the foreground',
    more: 'Prints its address. Ctrl-C lets running turns finish their step and stops; a second Ctrl-C stops at once.',
    example: 'guildhall up --port 4711 --config team.yaml',
    options: [
      { flags: '--port <number>', summary: 'Listen on this port of 127.0.0.1' },
      { flags: '--config <file>', summary: 'Use this configuration file' },
    ],
    load: async () => (await import('../commands/daemon/up.ts')).runDaemon,
  },
  {
    usage: 'chat [message...]',
    summary: 'Talk to an agent',
    more: 'With a message: one turn, streamed, and the exit code says how it went (0 answered, 1 failed or stopped). Without: a conversation; type /help in it. A message may also come on stdin.',
    example: 'guildhall chat --agent coder "write hello.py and run it"',
    options: [
      { flags: '--agent <id>', summary: 'This agent, whatever the bindings say' },
      { flags: '--session <key>', summary: 'Go on with exactly this session' },
    ],
    load: async () => (await import('../chat/chat.ts')).chat,
  },
  {
    usage: 'status',
    summary: 'What runs',
    example: 'guildhall status --json',
    load: async () => (await import('../commands/daemon/status.ts')).showStatus,
  },
  {
    usage: 'doctor',
    summary: 'What is wrong, and what to do about it',
    more: 'Works without a daemon too: then it says why there is none. Exit code 1 when there is a problem.',
    example: 'guildhall doctor',
    load: async () => (await import('../commands/daemon/doctor.ts')).diagnose,
  },
  {
    usage: 'why <id>',
    summary: 'Why nothing happens: first broken link first',
    more: 'A task, a lane, a plan, role:PLAN/ROLE, a run, a finding or a schedule, or the id of a turn, a session, an approval or an agent.',
    example: 'guildhall why agent:coder:main',
    load: async () => (await import('../commands/daemon/why.ts')).explainSilence,
  },
];
