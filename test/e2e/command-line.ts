/** The real program as people type it, as a process of its own, talking to a daemon that runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { DaemonHome } from '../harness/daemon-process.ts';

export interface Typed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const program = path.join(path.dirname(path.dirname(import.meta.dirname)), 'bin', 'main.ts');

/** `guildhall <words>` with nothing on its input. */
export async function guildhall(place: DaemonHome, ...words: readonly string[]): Promise<Typed> {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: place.home, LANG: 'C.UTF-8', GUILDHALL_HOME: place.home },
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, ...printed };
}
