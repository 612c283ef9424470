import type { IncomingMessage } from 'node:http';
import type { Clock } from '@guildhall/kernel';

/** How long the rest of a refused body is taken in and thrown away. */
const graceMs = 500;

/**
 * After a request was answered: what is left of its body is thrown away for a moment, so that a client which is still sending gets to read the answer; then the connection ends.
 * Nobody can make us swallow more than that.
 */
export async function discardBody(incoming: IncomingMessage, clock: Clock): Promise<void> {
  if (incoming.complete) return;
  const over = new AbortController();
  const onOver = () => over.abort();
  incoming.on('end', onOver).on('close', onOver).on('error', onOver);
  incoming.resume();
  await clock.sleep(graceMs, over.signal);
  if (!incoming.complete) incoming.socket.destroy();
}
