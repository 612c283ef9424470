/** The commands a command line is known to run: itself, what it wraps, what it tells a shell. Whoever hides one better than this is undecidable, not free. */

const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'fish']);

/** Programs that run the command their words end with. Where it begins hangs on the options of each, so it may begin at any word. */
const wrappers: ReadonlySet<string> = new Set(
  [
    'sudo doas su runuser env nohup nice ionice timeout time xargs setsid stdbuf exec eval command builtin busybox chroot unshare nsenter flock watch parallel',
    'strace ssh npx bunx uvx direnv systemd-run script',
  ].flatMap((names) => names.split(' ')),
);

/** Programs that do so behind one of these words. */
const runners: ReadonlyMap<string, readonly string[]> = new Map([
  ...running('docker podman nerdctl docker-compose kubectl lxc incus fly flyctl mise bundle', ['exec', 'console']),
  ...running('npm pnpm yarn bun', ['exec', 'x', 'dlx', 'run']),
  ...running('uv pipx poetry pipenv pdm hatch heroku', ['run']),
]);

const mostNested = 4;

export function commandsIn(argv: readonly string[], nested = 0): readonly (readonly string[])[] {
  const from = wrappedFrom(argv);
  const begins = [argv, ...argv.slice(from).map((_, index) => argv.slice(from + index))];
  if (nested >= mostNested) return begins;
  return begins.flatMap((command) => [command, ...linesOf(command).flatMap((line) => commandsIn(line, nested + 1))]);
}

/** The first word at which a wrapped command may begin; behind the last one when nothing is wrapped. */
function wrappedFrom(argv: readonly string[]): number {
  const program = programOf(argv);
  if (wrappers.has(program)) return 1;
  const at = argv.findIndex((word, index) => index > 0 && runners.get(program)?.includes(word) === true);
  return at === -1 ? argv.length : at + 1;
}

/** The commands in the line a shell is given. */
function linesOf(argv: readonly string[]): readonly (readonly string[])[] {
  if (!shells.has(programOf(argv))) return [];
  const at = argv.findIndex((word) => /^-[a-z]*c$/u.test(word));
  const line = at === -1 ? undefined : argv[at + 1];
  if (line === undefined) return [];
  return line
    .split(/[;&|\n(){}`]/u)
    .map((part) =>
      part
        .replaceAll(/["'\\$]/gu, '')
        .split(/\s+/u)
        .filter((word) => word !== ''),
    )
    .map((words) => words.slice(words.findIndex((word) => !isPrelude(word))))
    .filter((words) => words.length > 0);
}

/** What may stand before a command in a shell. */
function isPrelude(word: string): boolean {
  return /^\w+=/u.test(word) || ['if', 'then', 'else', 'elif', 'while', 'until', 'do', '!'].includes(word);
}

function running(programs: string, words: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  return programs.split(' ').map((program) => [program, words] as const);
}

export function programOf([program = '']: readonly string[]): string {
  return program.slice(program.lastIndexOf('/') + 1);
}
