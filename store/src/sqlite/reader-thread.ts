/**
 * Long reads on a connection of their own in a thread of their own, so that a search over everything or a check of the whole journal never holds up a turn. The thread
 * starts with the first long read and does not keep the process alive.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Fault } from '@guildhall/protocol';
import type { QueryResult } from 'kysely';
import { z } from 'zod';
import type { StatementRunner } from '../kysely-over.ts';
import { asStorageFault } from './storage-fault.ts';

export interface ReadRequest {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export type ReadAnswer =
  | { readonly id: number; readonly result: QueryResult<unknown> }
  | { readonly id: number; readonly error: { readonly message: string; readonly errcode: number | null } };

export interface ReaderThread {
  readonly run: StatementRunner;
  stop(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: QueryResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

export function readerThread(file: string): ReaderThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;
  let stopped = false;

  const failAll = (error: unknown) => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = () => {
    const started = new Worker(new URL('reader-worker.ts', import.meta.url), { workerData: { file } });
    started.on('message', (answer: ReadAnswer) => settleOne(waiting, answer, file));
    started.on('error', failAll);
    started.on('exit', () => failAll(new Fault('store-closed', 'the thread that reads has ended')));
    started.unref();
    return started;
  };

  return {
    run(sql, parameters) {
      if (stopped) return Promise.reject(new Fault('store-closed', 'the store is closed'));
      worker ??= start();
      lastId += 1;
      const request: ReadRequest = { id: lastId, sql, parameters };
      const answered = new Promise<QueryResult<unknown>>((resolve, reject) => waiting.set(request.id, { resolve, reject }));
      worker.ref();
      worker.postMessage(request, []);
      return answered.finally(() => {
        if (waiting.size === 0) worker?.unref();
      });
    },
    async stop() {
      stopped = true;
      const running = worker;
      if (running === undefined) return;
      const exited = once(running, 'exit');
      await running.terminate();
      await exited.catch(() => undefined);
    },
  };
}

/**
 * What `quick_check` finds wrong. A connection that read the full-text index before it was last written takes its own memory of it for damage (SQLite 3.53, FTS5), so the
 * check gets a connection of its own.
 */
export async function checkInFreshThread(file: string): Promise<readonly string[]> {
  const thread = readerThread(file);
  try {
    const { rows } = await thread.run('pragma quick_check(10)', []);
    return z
      .array(z.object({ quick_check: z.string() }))
      .parse(rows)
      .map((row) => row.quick_check)
      .filter((line) => line !== 'ok');
  } finally {
    await thread.stop();
  }
}

function settleOne(waiting: Map<number, Waiting>, answer: ReadAnswer, file: string): void {
  const asked = waiting.get(answer.id);
  waiting.delete(answer.id);
  if ('result' in answer) asked?.resolve(answer.result);
  else asked?.reject(asStorageFault(Object.assign(new Error(answer.error.message), { errcode: answer.error.errcode ?? undefined }), file));
}
