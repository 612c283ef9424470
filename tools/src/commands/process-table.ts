/** The background programs of sessions. They live until they end, are stopped, or the daemon does; their output is kept in bounded memory. */
import type { Ids } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { printable } from '../printable.ts';
import { createBoundedText, type BoundedText } from './bounded-text.ts';
import { startChild, type ChildEnd, type ChildRequest, type RunningChild } from './child-process.ts';

const mostRunning = 8;
const mostRemembered = 24;
const keptChars = 100_000;

export interface BackgroundProcess {
  readonly id: string;
  readonly command: string;
  readonly startedAt: number;
  /** Null while it runs. */
  end: ChildEnd | null;
  readonly output: BoundedText;
  readonly child: RunningChild;
}

export interface ProcessTable {
  start(sessionKey: string, command: string, request: ChildRequest): Settled<BackgroundProcess>;
  list(sessionKey: string): readonly BackgroundProcess[];
  find(sessionKey: string, id: string): Settled<BackgroundProcess>;
  /** Ends every program of every session; for the end of the daemon. */
  closeAll(): Promise<void>;
}

export function createProcessTable(ids: Ids): ProcessTable {
  const sessions = new Map<string, BackgroundProcess[]>();
  let closed = false;

  function start(sessionKey: string, command: string, request: ChildRequest): Settled<BackgroundProcess> {
    if (closed) return refuse('draining', 'the daemon is stopping; nothing new is started');
    const own = sessions.get(sessionKey) ?? [];
    const running = own.filter((one) => one.end === null);
    if (running.length >= mostRunning) {
      return refuse('limit-reached', `${mostRunning} programs of this session run already; stop one of them first: ${running.map((one) => one.id).join(', ')}`);
    }
    const process: BackgroundProcess = {
      id: ids.next('proc'),
      command,
      startedAt: request.clock.now(),
      end: null,
      output: createBoundedText(0, keptChars),
      child: startChild(request),
    };
    process.child.stdin.end();
    for (const stream of [process.child.stdout, process.child.stderr]) {
      const decoder = new TextDecoder();
      stream.on('data', (part: Buffer) => process.output.append(printable(decoder.decode(part, { stream: true }))));
    }
    void process.child.ended.then((end) => {
      process.end = end;
    });
    const kept = [...own.filter((one) => one.end !== null).slice(-(mostRemembered - mostRunning)), ...running, process];
    sessions.set(sessionKey, kept);
    return done(process);
  }

  return {
    start,
    list: (sessionKey) => sessions.get(sessionKey) ?? [],
    find(sessionKey, id) {
      const found = sessions.get(sessionKey)?.find((one) => one.id === id);
      return found === undefined
        ? refuse('not-found', `no program ${JSON.stringify(id.slice(0, 60))} in this session; see them with action "list"`)
        : done(found);
    },
    async closeAll() {
      closed = true;
      const all = [...sessions.values()].flat().filter((one) => one.end === null);
      await Promise.all(all.map((one) => one.child.stop()));
    },
  };
}
