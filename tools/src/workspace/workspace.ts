/** An agent's workspace: the one folder its file tools can reach. */
import type { Ids } from '@guildhall/kernel';
import type { Settled } from '@guildhall/protocol';
import type { Folder } from './folder.ts';

/** Limits of one workspace, in bytes and number of files and folders. */
export interface Quota {
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly entries: number;
}

export const usualQuota: Quota = { fileBytes: 10 * 1024 * 1024, totalBytes: 2 * 1024 * 1024 * 1024, entries: 200_000 };

export interface Workspace {
  readonly path: string;
  readonly quota: Quota;
  readonly ids: Ids;
  /** Opens a folder by its parsed path below the workspace; with `create`, makes what is missing. */
  openFolder(path: string, options?: { readonly create?: boolean }): Promise<Settled<Folder>>;
  /** Refuses `limit-reached` when `addedBytes` more would be too many, counting what was added since the workspace was last measured. */
  reserve(addedBytes: number): Promise<Settled<null>>;
}

/** The workspaces of an installation, each remembered by what it was (device and inode) when it was first admitted. */
export interface Workspaces {
  /**
   * The workspace at an absolute, real path. The first call remembers which folder that is; later ones refuse `outside-workspace` when another folder or a symbolic
   * link has taken its place. Call it for every agent when the daemon starts.
   */
  admit(path: string): Promise<Settled<Workspace>>;
}
