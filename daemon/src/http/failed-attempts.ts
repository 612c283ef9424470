/**
 * Slows down guessing. Only failures count, one budget per client address whatever it sends along; the loopback is no exception, because every program and every page on the
 * machine comes from there.
 */
import type { Clock } from '@guildhall/kernel';

/** One name per client: an IPv4 address mapped into IPv6 is that IPv4 address. */
export function clientAddress(address: string | undefined): string {
  const text = (address ?? 'unknown').toLowerCase().replace(/%.*$/, '');
  return text.startsWith('::ffff:') ? text.slice('::ffff:'.length) : text;
}

export interface FailedAttempts {
  /** Seconds until this client may try again; 0 when it may now. */
  waitSeconds(client: string): number;
  recordFailure(client: string): void;
}

/** Clients remembered at once; the one that failed longest ago is forgotten first. */
const clientLimit = 10_000;

/** A bucket of `perMinute` failures that refills evenly. */
export function createFailedAttempts(clock: Clock, perMinute: number): FailedAttempts {
  const clients = new Map<string, { left: number; at: number }>();
  const msPerFailure = 60_000 / perMinute;
  const read = (client: string) => {
    const now = clock.mono();
    const bucket = clients.get(client) ?? { left: perMinute, at: now };
    return { left: Math.min(perMinute, bucket.left + (now - bucket.at) / msPerFailure), at: now };
  };
  return {
    waitSeconds(client) {
      if (!clients.has(client)) return 0;
      const { left } = read(client);
      return left >= 1 ? 0 : Math.ceil(((1 - left) * msPerFailure) / 1000);
    },
    recordFailure(client) {
      const bucket = read(client);
      clients.delete(client);
      clients.set(client, { left: Math.max(0, bucket.left - 1), at: bucket.at });
      const oldest = clients.keys().next();
      if (clients.size > clientLimit && oldest.done !== true) clients.delete(oldest.value);
    },
  };
}
