/** What the command line costs before it does anything, against a Node that does nothing. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { figure, median, type Figure } from './figures.ts';

export function measureCommandLine(): readonly Figure[] {
  const launcher = path.join(import.meta.dirname, '..', 'bin', 'guildhall.cjs');
  const bare = timeOf(['-e', '0']);
  const help = timeOf([launcher, '--help']);
  return [figure('guildhall --help', 'ms', help), figure('guildhall --help against node -e 0', '×', help / bare)];
}

function timeOf(args: readonly string[]): number {
  const took: number[] = [];
  for (let run = 0; run < 16; run += 1) {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
    if (run > 0) took.push(performance.now() - began);
  }
  return median(took);
}
