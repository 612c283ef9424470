import { refuse, type Settled } from '@guildhall/protocol';

/** What a failed file operation means to the one who asked; `shown` is the path below the workspace. The message of the system, which holds real paths, stays out. */
export function refusalOfFsError(error: unknown, shown: string): Settled<never> {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  switch (code) {
    case 'ENOENT':
      return refuse('not-found', `${shown} does not exist. See what does with search_files`);
    case 'ELOOP':
      return refuse('outside-workspace', `${shown} is a symbolic link, which file tools do not follow`);
    case 'ENOTDIR':
      return refuse('invalid-input', `a part of ${shown} is not a folder`);
    case 'EISDIR':
      return refuse('invalid-input', `${shown} is a folder`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return refuse('not-allowed', `the operating system does not allow access to ${shown} (${code})`);
    case 'ENXIO':
    case 'ENODEV':
      return refuse('not-allowed', `${shown} is a device, pipe or socket; file tools read regular files only`);
    case 'ENAMETOOLONG':
      return refuse('invalid-input', `${shown} is too long a name for this file system`);
    case 'ENOSPC':
    case 'EDQUOT':
      return refuse('storage-unavailable', `no space is left to write ${shown}`);
    default:
      return refuse('failed', `${shown} could not be used (${code})`);
  }
}
