import type { Clock, Ids } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { anchorOfThisSystem, openRoot, type Anchor, type Folder } from './folder.ts';
import { namesOf } from './path-text.ts';
import { measureUsage, type Usage } from './usage.ts';
import { usualQuota, type Quota, type Workspace, type Workspaces } from './workspace.ts';

export interface WorkspacesOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** The limits for the workspace at a path; `usualQuota` when absent. */
  readonly quotaOf?: (path: string) => Quota;
  /** How names are reached; found out when absent. */
  readonly anchor?: Anchor;
}

/** How old a measurement may be before it is taken again; less when the workspace seems full, because something may have been removed. */
const measureEveryMs = 30_000;
const measureFullEveryMs = 2_000;
/** A workspace that takes long to measure is measured less often: at most a fiftieth of the time goes into it. */
const restPerMeasuring = 50;

export function createWorkspaces(options: WorkspacesOptions): Workspaces {
  const anchor = options.anchor ?? anchorOfThisSystem();
  const remembered = new Map<string, Folder['identity']>();
  const measured = new Map<string, { usage: Usage; at: number; tookMs: number }>();

  async function openKnown(path: string): Promise<Settled<Folder>> {
    const opened = await openRoot(path, anchor);
    if (!opened.ok) return opened;
    const known = remembered.get(path);
    const { identity } = opened.value;
    if (known === undefined) remembered.set(path, identity);
    else if (known.dev !== identity.dev || known.ino !== identity.ino) {
      await opened.value[Symbol.asyncDispose]();
      return refuse('outside-workspace', 'the workspace was replaced by another folder since the daemon started; put the first one back or restart the daemon');
    }
    return opened;
  }

  async function openFolder(path: string, below: string, create: boolean): Promise<Settled<Folder>> {
    let at = await openKnown(path);
    for (const name of namesOf(below)) {
      if (!at.ok) return at;
      const parent = at.value;
      at = await parent.open(name, { create });
      await parent[Symbol.asyncDispose]();
    }
    return at;
  }

  async function usageOf(workspace: Workspace, oldestMs: number): Promise<Settled<Usage>> {
    const known = measured.get(workspace.path);
    const begun = options.clock.mono();
    if (known !== undefined && begun - known.at <= Math.max(oldestMs, known.tookMs * restPerMeasuring)) return done(known.usage);
    const usage = await measureUsage(workspace, workspace.quota.entries);
    const at = options.clock.mono();
    if (usage.ok) measured.set(workspace.path, { usage: usage.value, at, tookMs: at - begun });
    return usage;
  }

  async function reserve(workspace: Workspace, addedBytes: number): Promise<Settled<null>> {
    const { quota, path } = workspace;
    let usage = await usageOf(workspace, measureEveryMs);
    if (usage.ok && objectionTo(usage.value, addedBytes, quota) !== null) usage = await usageOf(workspace, measureFullEveryMs);
    if (!usage.ok) return usage;
    const objection = objectionTo(usage.value, addedBytes, quota);
    if (objection !== null) return refuse('limit-reached', objection, { bytes: usage.value.bytes, entries: usage.value.entries });
    const known = measured.get(path);
    if (known !== undefined) known.usage = { bytes: usage.value.bytes + addedBytes, entries: usage.value.entries + 1 };
    return done(null);
  }

  return {
    async admit(path) {
      const opened = await openKnown(path);
      if (!opened.ok) return opened;
      await opened.value[Symbol.asyncDispose]();
      const workspace: Workspace = {
        path,
        quota: options.quotaOf?.(path) ?? usualQuota,
        ids: options.ids,
        openFolder: (below, { create = false } = {}) => openFolder(path, below, create),
        reserve: (addedBytes) => reserve(workspace, addedBytes),
      };
      return done(workspace);
    },
  };
}

function objectionTo(usage: Usage, addedBytes: number, quota: Quota): string | null {
  if (usage.entries >= quota.entries) return `the workspace holds ${quota.entries} files or more, which is its limit; remove some first`;
  const bytes = usage.bytes + addedBytes;
  return bytes > quota.totalBytes ? `the workspace would hold ${bytes} bytes, over its limit of ${quota.totalBytes}; remove something first` : null;
}
