/** The checks and every test, in this order: types, lint, format, structure, vitest. The last line says how many tests passed, failed and were skipped. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureChromium } from './chromium.ts';
import { ensureCodingAgents } from './coding-agents.ts';
import { countTests, type TestCounts } from './test-counts.ts';

const root = path.dirname(import.meta.dirname);
const tools = path.join(root, 'node_modules', '.bin');
/** The tools' first line asks for `node`: they find the one that runs this. */
const env = { ...process.env, PATH: [path.dirname(process.execPath), tools, process.env['PATH'] ?? ''].join(path.delimiter) };

const filters = process.argv.slice(2);
const failedChecks = filters.length === 0 ? runChecks() : [];
const { counts, succeeded } = runVitest(filters);
for (const check of failedChecks) console.log(`The ${check} check failed; its report is above.`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = succeeded && failedChecks.length === 0 ? 0 : 1;

/** Runs every check, also after one has failed; the names of those that did. */
function runChecks(): readonly string[] {
  return ['typecheck', 'lint', 'format:check', 'structure'].filter((check) => {
    console.log(`\n> ${check}`);
    return run('npm', ['run', '--silent', check]) !== 0;
  });
}

function runVitest(args: readonly string[]): { readonly counts: TestCounts; readonly succeeded: boolean } {
  const chromium = ensureChromium();
  if (!chromium.ok) console.log(`\nThere is no Chromium, so the browser tests are skipped: ${chromium.reason}.`);
  const agents = ensureCodingAgents();
  if (!agents.ok) console.log(`\nThe coding agents of test/agents are missing, so the tests that need them are skipped: ${agents.reason}.`);
  console.log('\n> tests');
  const folder = mkdtempSync(path.join(tmpdir(), 'guildhall-tests-'));
  const report = path.join(folder, 'report.json');
  const code = run('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    '--reporter=./scripts/unsteady-tests.ts',
    `--outputFile.json=${report}`,
    ...args,
  ]);
  try {
    return { counts: countTests(readFileSync(report, 'utf8')), succeeded: code === 0 };
  } catch (cause) {
    console.error(`vitest left no readable report: ${String(cause)}`);
    return { counts: { passed: 0, failed: 0, skipped: 0 }, succeeded: false };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[]): number {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env, shell: process.platform === 'win32' });
  if (result.error !== undefined) console.error(`Could not run ${command}: ${result.error.message}`);
  return result.status ?? 1;
}
