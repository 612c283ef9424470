/** The home that `npm start` uses, so that `npx guildhall …` in the same checkout finds its daemon without being told. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/**
 * `<checkout>/.guildhall` when a daemon has announced itself there, none has in the usual home, and the environment names neither a home nor a daemon. Never for
 * `up`, which starts where it is told.
 */
export function checkoutHome(
  checkout: string,
  variables: NodeJS.ProcessEnv,
  verb: string | undefined,
  usualHome = path.join(homedir(), '.guildhall'),
): string | undefined {
  const isSet = (name: string): boolean => (variables[name] ?? '') !== '';
  if (verb === 'up' || isSet('GUILDHALL_HOME') || isSet('GUILDHALL_URL')) return undefined;
  const home = path.join(checkout, '.guildhall');
  return announcesDaemon(home) && !announcesDaemon(usualHome) ? home : undefined;
}

function announcesDaemon(home: string): boolean {
  return existsSync(path.join(home, 'daemon.json'));
}
