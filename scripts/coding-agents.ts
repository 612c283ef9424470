/** Coding agents and clients that tests run against the daemon. They are large and nothing else needs them, so they have a folder and a lockfile of their own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { whatIsMissing } from './install.mjs';
import type { Installation } from './apt.ts';

export const agentsFolder = path.join(path.dirname(import.meta.dirname), 'test', 'agents');

const opencode = path.join(agentsFolder, 'node_modules', 'opencode-linux-x64', 'bin', 'opencode');

/** Brings the folder up to its lockfile. Runs no script of a package. */
export function ensureCodingAgents(): Installation {
  if (whatIsMissing(agentsFolder, true) === undefined) return { ok: true };
  const args = ['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund', '--include=optional'];
  const result = spawnSync('npm', args, {
    cwd: agentsFolder,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
    timeout: 300_000,
  });
  if (result.status === 0) return { ok: true };
  return { ok: false, reason: `npm ci in test/agents failed: ${(result.error?.message ?? result.stderr).trim().split('\n').at(0) ?? 'no reason was given'}` };
}

/** OpenCode; undefined where it is not installed, and on machines it is not made for. */
export function findOpencode(): string | undefined {
  return existsSync(opencode) ? opencode : undefined;
}

/** The official MCP client of the stateless revision; undefined where it is not installed. */
export function hasStatelessClient(): boolean {
  return existsSync(path.join(agentsFolder, 'node_modules', '@modelcontextprotocol', 'client', 'package.json'));
}
