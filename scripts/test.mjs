// `npm test`: installs what is missing, then runs the checks and every test. Arguments after `--` go to vitest, and then only it runs.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
ensureInstalled(root, true);

const runtime = createRequire(import.meta.url)('../bin/node-runtime.cjs');
const node = runtime.isNewEnough(process.versions) ? process.execPath : runtime.bundledNode();
if (node === undefined) {
  console.error(runtime.remedy());
  process.exit(1);
}
const result = spawnSync(node, [path.join(root, 'scripts', 'run-tests.ts'), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(result.status ?? 1);
