/** The thread behind `reader-thread.ts`: runs one statement after another on a read-only connection. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { openReader } from './connection.ts';
import { statementRunner } from './statements.ts';
import type { ReadAnswer, ReadRequest } from './reader-thread.ts';

const { file } = z.object({ file: z.string() }).parse(workerData);
const run = statementRunner(openReader(file), file);

parentPort?.on('message', (request: ReadRequest) => {
  void answer(request).then((message) => parentPort?.postMessage(message, []));
});

async function answer(request: ReadRequest): Promise<ReadAnswer> {
  try {
    return { id: request.id, result: await run(request.sql, request.parameters) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const errcode = cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode : null;
    return { id: request.id, error: { message: cause instanceof Error ? cause.message : String(cause), errcode } };
  }
}
