/** Answers of any length: sent as fast as the client reads, never held in memory as a whole. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '@guildhall/kernel';

/** One line after another. When `lines` throws or the request ends early, the connection breaks: half an answer must not look like a whole one. */
export async function sendLines(
  outgoing: ServerResponse,
  mediaType: string,
  lines: AsyncIterable<string>,
  how: { readonly signal: AbortSignal; readonly clock: Clock; readonly stallMs: number },
): Promise<void> {
  outgoing.writeHead(200, { 'content-type': mediaType });
  for await (const line of lines) {
    if (how.signal.aborted) break;
    if (!outgoing.write(`${line}\n`) && !(await waitForReader(outgoing, how.clock, how.stallMs))) return;
  }
  if (how.signal.aborted) outgoing.destroy();
  else outgoing.end();
}

/** True once everything that waited was taken; a client that takes nothing for `stallMs` is cut off. */
export async function waitForReader(outgoing: ServerResponse, clock: Clock, stallMs: number): Promise<boolean> {
  if (outgoing.destroyed) return false;
  const moved = new AbortController();
  const onMoved = () => moved.abort();
  outgoing.on('drain', onMoved).on('close', onMoved);
  await clock.sleep(stallMs, moved.signal);
  outgoing.off('drain', onMoved).off('close', onMoved);
  if (!moved.signal.aborted) outgoing.destroy();
  return !outgoing.destroyed;
}
