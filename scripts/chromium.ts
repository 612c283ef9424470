/** The browser that the browser tests drive. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { installWithApt, type Installation } from './apt.ts';

const names = ['chromium', 'chromium-browser', 'chromium-headless-shell', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** The absolute path of a Chromium on this machine: `CHROMIUM_PATH` when set, else the first on `PATH`; undefined when there is none. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return isExecutable(named) ? named : undefined;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

/** Finds a Chromium, or installs Debian's. */
export function ensureChromium(): Installation {
  if (findChromium() !== undefined) return { ok: true };
  return installWithApt(['chromium']);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
