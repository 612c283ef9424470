/**
 * What a daemon on PostgreSQL does all the time beside its work: hear from the other daemons that the journal grew, tell them, and show that it is alive.
 *
 * The connection that listens reads the head of the journal every `pollMs`. That finds events whose notification was lost, and finds a connection that died in silence
 * (or a pooler in between that does not pass notifications on): then it connects again.
 */
import type { Clock } from '@guildhall/kernel';
import pg from 'pg';
import type { WakeupBell } from '../wakeups.ts';
import { clientSettings, statementRunner, type PostgresPlace } from './pool.ts';

/** Notifications of one daemon are sent at most this often. */
const notifyEveryMs = 10;
/** A daemon not seen for so long counts as gone. */
const presenceTtlMs = 30_000;
const presenceEveryMs = 10_000;
const forgetEveryMs = 600_000;
const marksKeptMs = 3_600_000;
const daemonsKeptMs = 86_400_000;

export interface Presence {
  /** Tells the other daemons, soon, that the journal grew. */
  notify(): void;
  stop(): Promise<void>;
}

export interface PresenceParts {
  readonly place: PostgresPlace;
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly boot: string;
  readonly bell: WakeupBell;
  readonly pollMs: number;
}

export function startPresence(parts: PresenceParts): Presence {
  const stopping = new AbortController();
  const channel = `guildhall_${parts.place.schema ?? 'public'}`;
  const running = [
    listenForever(parts, channel, stopping.signal),
    everySoOften(parts, presenceEveryMs, stopping.signal, renewPresence),
    everySoOften(parts, forgetEveryMs, stopping.signal, forgetOld),
  ];
  const notifier = startNotifier(parts, channel);
  return {
    notify: () => notifier.notify(),
    async stop() {
      stopping.abort();
      await Promise.all([...running, notifier.idle()]);
      await statementRunner(parts.pool)('delete from leases where name = $1 and holder = $1', [`node:${parts.boot}`]).catch(() => undefined);
    },
  };
}

function startNotifier(parts: PresenceParts, channel: string): { notify(): void; idle(): Promise<void> } {
  let wanted = false;
  let sending: Promise<void> | undefined;
  const sendAll = async () => {
    while (wanted) {
      wanted = false;
      // A notification that fails is found by the others at their next poll.
      await statementRunner(parts.pool)('select pg_notify($1, $2)', [channel, parts.boot]).catch(() => undefined);
      await parts.clock.sleep(notifyEveryMs);
    }
    sending = undefined;
  };
  return {
    notify() {
      wanted = true;
      sending ??= sendAll();
    },
    idle: async () => sending,
  };
}

async function listenForever(parts: PresenceParts, channel: string, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    const heard = await listenOnce(parts, channel, signal);
    if (signal.aborted) return;
    // Whatever was notified while nobody listened is found by reading.
    parts.bell.ring();
    if (heard) failures = 0;
    await parts.clock.sleep(Math.min(50 * 2 ** failures, 2_000), signal);
  }
}

/** Listens until the connection is lost; true when it had worked. */
async function listenOnce(parts: PresenceParts, channel: string, signal: AbortSignal): Promise<boolean> {
  const client = new pg.Client({ ...clientSettings(parts.place), query_timeout: 5_000 });
  const lost = new AbortController();
  client.on('error', () => lost.abort());
  client.on('end', () => lost.abort());
  client.on('notification', ({ payload }) => {
    if (payload !== parts.boot) parts.bell.ring();
  });
  let heard = false;
  try {
    await client.connect();
    await client.query(`listen "${channel}"`);
    const run = statementRunner(client);
    let seen: unknown;
    while (!signal.aborted && !lost.signal.aborted) {
      const { rows } = await run('select position from journal_head', []);
      const position = (rows as readonly { position: number }[])[0]?.position;
      if (heard && position !== seen) parts.bell.ring();
      seen = position;
      heard = true;
      await parts.clock.sleep(parts.pollMs, AbortSignal.any([signal, lost.signal]));
    }
  } catch {
    return heard;
  } finally {
    await client.end().catch(() => undefined);
  }
  return heard;
}

async function everySoOften(parts: PresenceParts, everyMs: number, signal: AbortSignal, task: (parts: PresenceParts) => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    // A database that is away for a moment is met again the next time.
    await task(parts).catch(() => undefined);
    await parts.clock.sleep(everyMs, signal);
  }
}

/** Others see by the lease `node:<boot>` that this daemon lives. */
export function renewPresence({ pool, boot }: Pick<PresenceParts, 'pool' | 'boot'>): Promise<unknown> {
  return statementRunner(pool)(
    `insert into leases (name, holder, epoch, expires_at) values ($1, $1, 1, lease_now() + $2)
     on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at`,
    [`node:${boot}`, presenceTtlMs],
  );
}

/** Forgets marks of commits that were answered long ago, and daemons that have not been seen for a day. By the clock of the database: those of the daemons may differ. */
async function forgetOld({ pool }: PresenceParts): Promise<void> {
  const run = statementRunner(pool);
  await run('delete from commit_marks where at < lease_now() - $1', [marksKeptMs]);
  await run("delete from leases where name like 'node:%' and expires_at < lease_now() - $1", [daemonsKeptMs]);
}
