// `npm start`: installs what is missing, then runs the daemon with the example team. Arguments after `--` go to `guildhall up`.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
ensureInstalled(root, false);

const args = process.argv.slice(2);
const namesConfig = process.env.GUILDHALL_CONFIG !== undefined || args.some((arg) => arg === '--config' || arg.startsWith('--config='));
const config = namesConfig ? [] : ['--config', path.join(root, 'examples', 'release-team', 'guildhall.yaml')];
process.env.GUILDHALL_HOME ??= path.join(root, '.guildhall');
process.argv.splice(2, args.length, 'up', ...config, ...args);
createRequire(import.meta.url)('../bin/guildhall.cjs');
