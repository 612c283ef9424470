/**
 * Where a database file may lie. SQLite's locks and its shared-memory file do not hold across machines, so a file on a network file system can be damaged by two
 * daemons that each believe to be alone. Overlay file systems (containers) and FUSE are local to one kernel and are accepted.
 */
import { statfsSync } from 'node:fs';

/** `f_type` of statfs(2) on Linux. */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x73757245, 'Coda'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x564c, 'NCP'],
]);

/** The name of the network file system with that type number; undefined for a local one. */
export function networkFileSystem(type: number): string | undefined {
  return networkTypes.get(type < 0 ? type + 2 ** 32 : type);
}

/** The network file system a directory lies on; undefined when it is local, or where the platform does not tell. */
export function networkFileSystemOf(directory: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return networkFileSystem(statfsSync(directory).type);
}
