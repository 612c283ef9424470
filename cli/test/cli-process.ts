/** The terminal as a program, for tests: the real command line over verbs that need no daemon, written small. */
import { readEnvironment, runCli } from '../src/index.ts';

// A terminal where the test says so: what the command line asks of one is only its width and that it is one.
for (const [name, stream] of [
  ['stdin', process.stdin],
  ['stdout', process.stdout],
  ['stderr', process.stderr],
] as const) {
  if (process.env['TEST_TTY']?.includes(name) === true)
    Object.assign(stream, { isTTY: true, columns: Number(process.env['COLUMNS'] ?? 80), setRawMode: () => stream });
}

const { stdin, stdout, stderr } = process;
const reconnectForMs = Number(process.env['TEST_RECONNECT_MS'] ?? 60_000);
process.exitCode = await runCli(process.argv.slice(2), {
  local: async () => (await import('./local-verbs.ts')).testLocalVerbs(process.env['GUILDHALL_HOME'] ?? ''),
  environment: readEnvironment(),
  stdin,
  stdout,
  stderr,
  reconnectForMs,
});
