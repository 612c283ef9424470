import fc from 'fast-check';
import type { Fence, LeaseStore } from '@guildhall/kernel';
import { expect, test } from 'vitest';
import { ids, onBothDatabases, refusalOf, severalDaemons, value, type TestDatabase } from './databases.ts';

const ttl = 60_000;

onBothDatabases('leases', (suite) => {
  test('one holder at a time, named to the others, until it is given back', async () => {
    const { leases } = suite.store;
    const name = ids.next('lease');
    const first = value(await leases.acquireLease(name, 'a', ttl));
    expect(first).toMatchObject({ lease: name, holder: 'a', epoch: 1 });
    const refused = await leases.acquireLease(name, 'b', ttl);
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'lease-held', details: { holder: 'a' } } });
    expect(refusalOf(await leases.acquireLease(name, 'a', ttl))).toBe('lease-held');
    expect(await leases.readLease(name)).toEqual(first);
    value(await leases.releaseLease(first));
    expect(await leases.readLease(name)).toBeUndefined();
    expect(refusalOf(await leases.releaseLease(first))).toBe('stale-claim');
    expect(value(await leases.acquireLease(name, 'b', ttl)).epoch).toBe(2);
  });

  test('a lapsed one is listed, cannot be renewed, and passes on with a higher epoch', async () => {
    const { database, store } = suite;
    const prefix = ids.next('claim');
    const old = value(await store.leases.acquireLease(`${prefix}:1`, 'a', 1_000));
    const other = value(await store.leases.acquireLease(`${prefix}:2`, 'a', ttl));
    expect(await store.leases.lapsedLeases(prefix, 10)).toEqual([]);
    await database.advance(2_000);
    expect((await store.leases.lapsedLeases(prefix, 10)).map(({ lease }) => lease)).toEqual([old.lease]);
    expect(refusalOf(await store.leases.renewLease(old, ttl))).toBe('stale-claim');
    const next = value(await store.leases.acquireLease(old.lease, 'b', ttl));
    expect(next.epoch).toBe(old.epoch + 1);
    expect(refusalOf(await store.leases.renewLease(old, ttl))).toBe('stale-claim');
    expect(refusalOf(await store.leases.releaseLease(old))).toBe('stale-claim');
    expect((await store.leases.readLease(old.lease))?.holder).toBe('b');
    expect(value(await store.leases.renewLease(other, ttl)).expiresAt).toBeGreaterThan(other.expiresAt);
    expect(await store.leases.lapsedLeases(prefix, 10)).toEqual([]);
  });

  test('a jump of the wall clock neither ends a lease nor keeps it alive', async () => {
    const { database, store } = suite;
    const name = ids.next('jump');
    const lease = value(await store.leases.acquireLease(name, 'a', ttl));
    for (const jump of [3_600_000, -7_200_000, 10 * 365 * 86_400_000]) {
      database.clock.jump(jump);
      expect(refusalOf(await store.leases.acquireLease(name, 'b', ttl))).toBe('lease-held');
    }
    value(await store.leases.renewLease(lease, 1_000));
    database.clock.jump(-10 * 365 * 86_400_000 + 3_600_000);
    await database.advance(1_500);
    expect(value(await store.leases.acquireLease(name, 'b', ttl)).epoch).toBe(lease.epoch + 1);
  });

  test('of many who ask at once one gets it, on one daemon and on several', async () => {
    const daemons = await severalDaemons(suite);
    for (let round = 0; round < 5; round += 1) {
      const name = ids.next('race');
      const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => daemons.of(index).leases.acquireLease(name, `h${index}`, ttl)));
      expect(answers.filter(({ ok }) => ok).length).toBe(1);
    }
    await daemons.close();
  });

  test('whatever is done in whatever order, leases do as the rule says', async () => {
    const { database, store } = suite;
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), (sequence) =>
        fc.asyncModelRun(
          () => ({ model: { now: 0, leases: new Map(), issued: [] }, real: { leases: store.leases, database, prefix: ids.next('model') } }),
          sequence,
        ),
      ),
      { numRuns: database.kind === 'sqlite' ? 100 : 25 },
    );
  });
});

interface Model {
  now: number;
  readonly leases: Map<string, { holder: string | undefined; epoch: number; end: number }>;
  /** Every fence ever given out, most of them stale. */
  readonly issued: Fence[];
}

interface Real {
  readonly leases: LeaseStore;
  readonly database: TestDatabase;
  readonly prefix: string;
}

type Command = fc.AsyncCommand<Model, Real>;

function acquire(name: string, holder: string, ttlMs: number): Command {
  return {
    check: () => true,
    async run(model, real) {
      const known = model.leases.get(name);
      const answer = await real.leases.acquireLease(real.prefix + name, holder, ttlMs);
      expect(answer.ok).toBe(known?.holder === undefined || known.end <= model.now);
      if (!answer.ok) return;
      expect(answer.value.epoch).toBe((known?.epoch ?? 0) + 1);
      model.leases.set(name, { holder, epoch: answer.value.epoch, end: model.now + ttlMs });
      model.issued.push({ lease: name, epoch: answer.value.epoch });
    },
    toString: () => `acquire ${name} for ${holder}, ${ttlMs}`,
  };
}

/** Uses any fence ever issued: it works exactly when it is the newest of its lease and that has not lapsed or been given back. */
function useFence(pick: number, verb: 'renew' | 'release'): Command {
  return {
    check: ({ issued }) => issued.length > 0,
    async run(model, real) {
      const fence = model.issued[pick % model.issued.length];
      if (fence === undefined) return;
      const known = model.leases.get(fence.lease);
      const given = { lease: real.prefix + fence.lease, epoch: fence.epoch };
      const answer = verb === 'renew' ? await real.leases.renewLease(given, 5_000) : await real.leases.releaseLease(given);
      const isLive = known?.holder !== undefined && known.epoch === fence.epoch && known.end > model.now;
      expect(answer.ok).toBe(isLive);
      if (!answer.ok || known === undefined) return;
      if (verb === 'renew') known.end = model.now + 5_000;
      else known.holder = undefined;
    },
    toString: () => `${verb} with fence ${pick}`,
  };
}

function pass(ms: number): Command {
  return {
    check: () => true,
    async run(model, real) {
      await real.database.advance(ms);
      model.now += ms;
      const lapsed = [...model.leases].filter(([, lease]) => lease.holder !== undefined && lease.end <= model.now).map(([name]) => real.prefix + name);
      const listed = await real.leases.lapsedLeases(real.prefix, 100);
      expect(listed.map(({ lease }) => lease).toSorted()).toEqual(lapsed.toSorted());
    },
    toString: () => `pass ${ms}`,
  };
}

const names = fc.constantFrom('a', 'b');
const commands = [
  fc.tuple(names, fc.constantFrom('x', 'y'), fc.constantFrom(5_000, 20_000)).map((given) => acquire(...given)),
  fc.tuple(fc.nat(50), fc.constantFrom('renew' as const, 'release' as const)).map((given) => useFence(...given)),
  // Longer or shorter than a time to live by far more than a test takes.
  fc.constantFrom(2_000, 12_000, 40_000).map(pass),
];
