/** Where the daemon is and which credential it wants: `GUILDHALL_URL` and `GUILDHALL_TOKEN`, else what the running daemon wrote into `daemon.json`. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { CliEnvironment } from '../environment.ts';
import { version } from '../version.ts';

export interface DaemonAddress {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

const daemonFile = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1), version: z.string().optional() });

/** `daemon-unreachable` when nothing says where a daemon is; `not-allowed` when others could have read or written the file that says it. */
export async function findDaemon(environment: CliEnvironment): Promise<Settled<DaemonAddress>> {
  const url = environment.url === undefined ? undefined : readUrl(environment.url);
  if (url?.ok === false) return url;
  if (url !== undefined && environment.token !== undefined) return done({ url: url.value, token: environment.token });
  const found = await readDaemonFile(environment.home);
  if (!found.ok) return found;
  const file = found.value;
  if (url === undefined) {
    if (file === undefined)
      return refuse('daemon-unreachable', `No daemon runs for ${environment.home}. Start one with: guildhall up`, { home: environment.home });
    if (!isCompatible(file.version)) return refuseVersion(file.url, file.version ?? 'unknown');
    return done({ url: file.url, token: environment.token ?? file.token });
  }
  if (file?.url === url.value) return done({ url: url.value, token: file.token });
  return refuse('not-authenticated', `GUILDHALL_URL names ${url.value}, but there is no credential for it. Set GUILDHALL_TOKEN as well.`, { url: url.value });
}

/** A program speaks with daemons whose version agrees with its own in the first two numbers. */
export function isCompatible(daemonVersion: string | undefined): boolean {
  const family = (text: string) => text.split('.').slice(0, 2).join('.');
  return daemonVersion === undefined || family(daemonVersion) === family(version);
}

export function refuseVersion(url: string, daemonVersion: string) {
  return refuse(
    'failed',
    `The daemon at ${url} is Guildhall ${daemonVersion}, this program is ${version}. Restart the daemon with this program, or use the program that belongs to it.`,
    { daemon: daemonVersion, program: version },
  );
}

function readUrl(text: string): Settled<string> {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return done(text.replace(/\/+$/, ''));
  return refuse('invalid-input', `GUILDHALL_URL is "${text}", which is no http:// or https:// address.`);
}

async function readDaemonFile(home: string): Promise<Settled<z.infer<typeof daemonFile> | undefined>> {
  const file = path.join(home, 'daemon.json');
  let text: string;
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      return refuse('not-allowed', `${file} has mode ${octal}: others can read the credential in it. Restart the daemon, or run: chmod 600 ${file}`, {
        file,
        mode: octal,
      });
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return done(undefined);
    return refuse('daemon-unreachable', `${file} cannot be read: ${String(error)}. Is GUILDHALL_HOME right?`, { file });
  }
  const parsed = daemonFile.safeParse(parseJson(text));
  if (!parsed.success)
    return refuse('daemon-unreachable', `${file} does not say where the daemon is. Remove it and start the daemon again: guildhall up`, { file });
  return done({ ...parsed.data, url: parsed.data.url.replace(/\/+$/, '') });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
