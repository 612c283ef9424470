/** A copy of the checkout in which a line can be broken without anybody noticing. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countTests, type TestCounts } from '../test-counts.ts';
import type { Control } from './control.ts';

export interface BrokenCopy {
  /** Runs one test file of the copy, with the control applied when one is given. */
  runTest(test: string, control?: Control): TestCounts;
  remove(): void;
}

export function copyCheckout(root: string): BrokenCopy {
  const copy = mkdtempSync(path.join(tmpdir(), 'guildhall-controls-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of files.filter((each) => each !== '')) cpSync(path.join(root, file), path.join(copy, file), { recursive: true, force: true });
  linkModules(root, copy);
  return {
    runTest(test, control) {
      if (control === undefined) return runVitest(copy, test);
      const file = path.join(copy, control.file);
      const whole = readFileSync(file, 'utf8');
      writeFileSync(
        file,
        whole.replace(control.from, () => control.to),
      );
      try {
        return runVitest(copy, test);
      } finally {
        writeFileSync(file, whole);
      }
    },
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}

/** The installed packages of the checkout, but the copy's own workspaces. */
function linkModules(root: string, copy: string): void {
  const installed = path.join(root, 'node_modules');
  mkdirSync(path.join(copy, 'node_modules', '@guildhall'), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name !== '@guildhall') symlinkSync(path.join(installed, name), path.join(copy, 'node_modules', name));
  }
  for (const name of readdirSync(path.join(installed, '@guildhall'))) symlinkSync(path.join(copy, name), path.join(copy, 'node_modules', '@guildhall', name));
}

function runVitest(copy: string, test: string): TestCounts {
  const report = path.join(copy, 'report.json');
  const vitest = path.join(copy, 'node_modules', 'vitest', 'vitest.mjs');
  rmSync(report, { force: true });
  spawnSync(process.execPath, [vitest, 'run', '--retry=0', '--reporter=json', `--outputFile=${report}`, test], {
    cwd: copy,
    stdio: 'ignore',
    timeout: 600_000,
  });
  return countTests(readFileSync(report, 'utf8'));
}
