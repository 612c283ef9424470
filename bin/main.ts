/** The program: the terminal, and the daemon behind `guildhall up` and its like, loaded only when such a verb runs. */
import path from 'node:path';
import { readEnvironment, runCli } from '@guildhall/cli';
import { checkoutHome } from './checkout-home.ts';
import { dropEchoes } from './signals.ts';

dropEchoes(250);
endWithLauncher();

const argv = process.argv.slice(2);
const home = checkoutHome(path.dirname(import.meta.dirname), process.env, argv[0]);
if (home !== undefined) process.env['GUILDHALL_HOME'] = home;

process.exitCode = await runCli(argv, {
  local: async () => (await import('@guildhall/daemon')).localVerbs,
  environment: readEnvironment(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});

/** The launcher in an older Node passes signals on; when it is killed outright, this program stops in order too. */
function endWithLauncher(): void {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}
