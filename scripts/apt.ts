/** Installing a system package where the machine allows it: Debian's apt-get, as root. */
import { spawnSync } from 'node:child_process';

/** The outcome of an attempt: installed, or one sentence on why not. */
export type Installation = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Installs `packages`, reading the package lists first; tries twice, because mirrors stumble. At most ten minutes. */
export function installWithApt(packages: readonly string[]): Installation {
  const names = packages.join(' ');
  if (process.getuid?.() !== 0)
    return { ok: false, reason: `install it with your package manager (on Debian: sudo apt-get install ${names}), or run this as root` };
  let last = '';
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const update = runApt(['update'], 120_000);
    const install = runApt(['install', '--yes', '--no-install-recommends', ...packages], 180_000);
    if (install === undefined) return { ok: true };
    last = update ?? install;
  }
  return { ok: false, reason: `apt-get could not install ${names}: ${last}` };
}

/** The last line of what apt-get complained about; undefined when it did not. */
function runApt(args: readonly string[], timeoutMs: number): string | undefined {
  const result = spawnSync('apt-get', ['-qq', '-o', 'Acquire::Retries=2', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    timeout: timeoutMs,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.error !== undefined) return result.error.message;
  if (result.status === 0) return undefined;
  return result.stderr.trim().split('\n').at(-1) ?? `exit code ${result.status}`;
}
