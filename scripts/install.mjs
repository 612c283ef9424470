// Brings node_modules up to the lockfile. Plain JavaScript without dependencies: it runs on the machine's Node before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Runs `npm ci` when something of the lockfile is not installed, `forTests` what only development needs as well; ends the process with npm's exit code when that fails. */
export function ensureInstalled(root, forTests) {
  const reason = whatIsMissing(root, forTests);
  if (reason === undefined) return;
  console.error(`Installing packages with npm ci, because ${reason}. The first time takes about a minute …`);
  const startedAt = Date.now();
  const code = runNpm(root, ['ci', '--loglevel=error', '--no-audit', '--no-fund', '--include=optional', ...(forTests ? ['--include=dev'] : [])]);
  if (code !== 0) {
    console.error(`npm ci failed with exit code ${code}; its own message is above. Mend that and run the same command again.`);
    process.exit(code);
  }
  console.error(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

/** Why an install is needed, in half a sentence; undefined when every package of the lockfile that matters is there in its version. */
export function whatIsMissing(root, forTests) {
  const installedFile = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return 'node_modules is missing';
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  for (const [place, entry] of Object.entries(wanted)) {
    if (!place.startsWith('node_modules/') || (entry.dev === true && !forTests)) continue;
    const found = installed[place];
    const name = place.slice('node_modules/'.length);
    if (found === undefined && entry.optional !== true) return `${name} is not installed`;
    if (found !== undefined && found.version !== entry.version) return `${name} is ${found.version} and should be ${entry.version}`;
  }
  return undefined;
}

/** npm under the Node that npm itself runs on, so that replacing node_modules does not replace the Node that does it. */
function runNpm(root, args) {
  const npm = process.env.npm_execpath;
  const options = { cwd: root, stdio: 'inherit' };
  const result =
    npm === undefined
      ? spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
      : spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, ...args], options);
  if (result.error !== undefined) console.error(`Could not run npm: ${result.error.message}`);
  return result.status ?? 1;
}
