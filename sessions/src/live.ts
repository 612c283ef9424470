/**
 * What people who watch see before it is recorded: text as it streams, output of tools as it comes. A courtesy, never the truth: the transcript is. Nothing here is stored, a
 * slow watcher loses nothing but the preview, and a publisher never waits.
 */
export type LivePart =
  /** `messageId` is `e<seq>` of the entry that will record the text. */
  | { readonly type: 'text'; readonly turnId: string; readonly messageId: string; readonly delta: string }
  /** The step broke off; what was shown under `messageId` is void. */
  | { readonly type: 'discarded'; readonly turnId: string; readonly messageId: string }
  | { readonly type: 'progress'; readonly turnId: string; readonly callId: string; readonly text: string }
  /** The transcript grew: read it. */
  | { readonly type: 'recorded' };

export interface LiveHub {
  publish(sessionKey: string, part: LivePart): void;
  /** Calls `watcher` for every part of the session; it must not throw. Returns the way to stop. */
  watch(sessionKey: string, watcher: (part: LivePart) => void): () => void;
}

export function createLiveHub(): LiveHub {
  const watchers = new Map<string, Set<(part: LivePart) => void>>();
  /** The text streamed so far of the step under way, for those who join in the middle of it. */
  const underWay = new Map<string, Extract<LivePart, { type: 'text' }>>();
  return {
    publish(sessionKey, part) {
      if (part.type === 'text') {
        const before = underWay.get(sessionKey);
        const delta = before?.messageId === part.messageId ? before.delta + part.delta : part.delta;
        underWay.set(sessionKey, { ...part, delta });
      } else if (part.type !== 'progress') underWay.delete(sessionKey);
      for (const watcher of watchers.get(sessionKey) ?? []) watcher(part);
    },
    watch(sessionKey, watcher) {
      const set = watchers.get(sessionKey) ?? new Set();
      watchers.set(sessionKey, set.add(watcher));
      const sofar = underWay.get(sessionKey);
      if (sofar !== undefined) watcher(sofar);
      return () => {
        set.delete(watcher);
        if (set.size === 0 && watchers.get(sessionKey) === set) watchers.delete(sessionKey);
      };
    },
  };
}
