/**
 * One plan from the first thought to the bundle: a team of five roles plans, writes, checks, mends and announces a small module. Run it with: npm run example:plan
 *
 * It starts a daemon of its own in a fresh home (`.guildhall/plan-example`), does by the command line what a person would do, shows what the team does, and stops the daemon again. Without a model it
 * rehearses from rehearsal.yaml; with a key in the environment, or with GUILDHALL_CONFIG, real models do the work.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';

const here = import.meta.dirname;
const checkout = join(here, '..', '..');
const guildhall = join(checkout, 'bin', 'guildhall.cjs');
const home = process.env['GUILDHALL_HOME'] ?? join(checkout, '.guildhall', 'plan-example');
const config = process.env['GUILDHALL_CONFIG'] ?? join(here, 'guildhall.yaml');
const bundle = join(home, 'bundle');
const plan = 'Reading time';
const patienceMs = Number(process.env['GUILDHALL_EXAMPLE_MINUTES'] ?? '20') * 60_000;

const planSeen = z.object({ status: z.string(), blockers: z.array(z.object({ id: z.string(), kind: z.string(), message: z.string(), waivable: z.boolean() })) });
const findingsSeen = z.array(z.object({ id: z.string(), title: z.string(), severity: z.string(), status: z.string() }));
const skillsSeen = z.array(z.object({ name: z.string(), hash: z.string(), status: z.string() }));

rmSync(home, { recursive: true, force: true });
mkdirSync(home, { recursive: true, mode: 0o700 });
const daemon = await startDaemon();
try {
  await prepareSkills();
  await carryOut();
  await complete();
} finally {
  await step('plans', 'export', plan, '--to', bundle, '--force').catch((error: unknown) => tell(String(error)));
  daemon.kill('SIGTERM');
}
tell(`\nRead it: ${join(bundle, 'README.md')}`);
tell(`Look around in it: GUILDHALL_HOME=${home} npm start -- --config ${config}`);

async function prepareSkills(): Promise<void> {
  heading('Skills: a person approves exactly what they have read');
  for (const { name, hash, status } of skillsSeen.parse(await runJson('skills', 'list'))) {
    if (status === 'discovered') await step('skills', 'approve', name, '--hash', hash);
  }
  await step('skills', 'policy', 'propose', join(here, 'skill-policy.yaml'), '--note', 'Who must load what');
  await step('skills', 'policy', 'diff', '1');
  await step('skills', 'policy', 'approve', '1');
}

async function carryOut(): Promise<void> {
  heading('The plan, and the Lead who carries it out');
  const phases = ['planning: planner', 'building: developer', 'checking: validator', 'release: release'].flatMap((phase) => ['--phase', phase]);
  const goal = 'Tell readers how long an article takes to read.';
  await step('plans', 'create', plan, '--goal', goal, '--packet', join(here, 'plan.md'), ...phases);
  await step('roles', 'invoke', 'Please carry out the plan.', '--plan', plan, '--role', 'lead', '--wait');
  heading('Findings: they wait for the Lead, and nothing is mended without a decision');
  await settled();
}

/** Waits until nothing is under way any more, and tells what changes meanwhile. */
async function settled(): Promise<void> {
  const told = new Map<string, string>();
  const until = Date.now() + patienceMs;
  let quiet = 0;
  while (Date.now() < until && quiet < 3) {
    for (const { id, title, severity, status } of findingsSeen.parse(await runJson('findings', 'list', '--plan', plan))) {
      if (told.get(id) !== status) tell(`  ${status.padEnd(10)} [${severity}] ${title}`);
      told.set(id, status);
    }
    const { blockers } = planSeen.parse(await runJson('plans', 'show', plan));
    quiet = blockers.every(({ kind }) => kind === 'finding-deferred') ? quiet + 1 : 0;
    await pause(1000);
  }
}

async function complete(): Promise<void> {
  heading('Completion: what blocks it is said, and a person may waive it with a reason');
  const { blockers } = planSeen.parse(await runJson('plans', 'show', plan));
  if (blockers.length > 0) await step('plans', 'complete', plan);
  const deferred = blockers.filter(({ kind }) => kind === 'finding-deferred').flatMap(({ id }) => ['--waive', id]);
  const words = deferred.length === 0 ? [] : [...deferred, '--reason', 'It is a wish for the next plan, not a fault of this one.'];
  if (blockers.length === 0 || deferred.length > 0) await step('plans', 'complete', plan, ...words);
  const { status } = planSeen.parse(await runJson('plans', 'show', plan));
  if (status !== 'completed') process.exitCode = 1;
}

async function startDaemon(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [guildhall, 'up', '--port', '0', '--config', config], { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
    process.stdout.write(text);
  });
  for (let waited = 0; waited < 600 && !(said.includes('Ctrl-C') && existsSync(join(home, 'daemon.json'))); waited += 1) {
    if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}`);
    await pause(50);
  }
  z.object({ url: z.string() }).parse(JSON.parse(readFileSync(join(home, 'daemon.json'), 'utf8')));
  return child;
}

async function run(...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [guildhall, ...words], { env: environment(), maxBuffer: 64 * 1024 * 1024, timeout: patienceMs });
  return stdout;
}

async function runJson(...words: readonly string[]): Promise<unknown> {
  return JSON.parse(await run(...words, '--json'));
}

/** What a command that failed printed. */
function outputOf(error: unknown): string {
  const failed = z.object({ stdout: z.string(), stderr: z.string() }).safeParse(error);
  return failed.success ? `${failed.data.stdout}${failed.data.stderr}` : String(error);
}

/** Shows a command as it would be typed, and what it printed; one that is refused is shown as well. */
async function step(...words: readonly string[]): Promise<void> {
  tell(`\n$ guildhall ${words.map(typed).join(' ')}`);
  tell((await run(...words).catch(outputOf)).trimEnd());
}

function typed(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `"${word}"`;
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

function heading(text: string): void {
  tell(`\n== ${text} ==`);
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, GUILDHALL_HOME: home, GUILDHALL_CONFIG: undefined };
}
