import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, type NewEvent } from '@guildhall/kernel';
import { afterEach, expect, test } from 'vitest';
import { restoreStore } from '../src/index.ts';
import { claim, laneWithTask, proofOf } from './claim-fixtures.ts';
import { expectSound, ids, refusalOf, sqliteDatabase, value, type TestDatabase } from './databases.ts';
import { beginTurn, provenance, reply } from './session-fixtures.ts';

const disposals: TestDatabase[] = [];
afterEach(async () => {
  for (const database of disposals.splice(0)) await database.dispose();
});

function newDatabase() {
  const database = sqliteDatabase(mkdtempSync(join(tmpdir(), 'guildhall-restore-')));
  disposals.push(database);
  if (database.place.kind !== 'sqlite') throw new Error('not a file');
  return { ...database, file: database.place.file, copy: `${database.place.file}.copy` };
}

const event: NewEvent = { stream: 's', type: 'turn.started', actor: 'daemon', provenance: null, data: {} };
const parts = (database: TestDatabase) => ({ clock: database.clock, ids, boot: ids.next('boot') });

test('what the world has seen since the backup cannot be confused with what happens now', async () => {
  const database = newDatabase();
  const before = await database.open();
  const secretHash = sha256('a secret');
  await before.credentials.createCredential({ id: 'cred_1', secretHash, scopes: ['operator'], label: 'x' }, 'operator');
  const old = value(await before.leases.acquireLease('channel:old', 'lane:a', 600_000));
  const answered = await beginTurn(before.sessions);
  const outbound = reply();
  value(await before.sessions.finishTurn(answered.fence, answered.turn.id, { text: 'x', usage: null }, outbound));
  const open = await beginTurn(before.sessions);
  const action = { agent: 'coder', session: open.turn.sessionKey, tool: 'terminal', args: {} };
  const asked = {
    id: 'appr_1',
    digest: 'd',
    action,
    reason: 'r',
    sessionKey: open.turn.sessionKey,
    turnId: open.turn.id,
    callId: 'c',
    expiresInMs: 3_600_000,
    provenance,
  };
  await before.approvals.askApproval(asked);
  const [kept] = await before.journal.appendEvents([event]);
  value(await before.backup(database.copy));

  // What happens after the backup is known to lanes, readers and people, and forgotten by the database.
  await before.credentials.revokeCredential('cred_1', 'operator');
  const young = value(await before.leases.acquireLease('channel:young', 'lane:a', 600_000));
  value(await before.leases.releaseLease(old));
  const newer = value(await before.leases.acquireLease('channel:old', 'lane:a', 600_000));
  const lost = await before.journal.appendEvents(Array.from({ length: 30 }, () => event));
  await before.close();

  const restored = value(await restoreStore({ backup: database.copy, database: database.file }, parts(database)));
  expect(restored).toMatchObject({ database: database.file, timeline: 2, revokedCredentials: 1, expiredApprovals: 1, unknownOutbound: 1, openTurns: 1 });
  expect(existsSync(restored.previous ?? '')).toBe(true);
  const after = await database.open();
  await expectSound(after);
  expect(await after.credentials.findCredential(secretHash)).toBeUndefined();
  for (const fence of [old, young, newer]) {
    expect(refusalOf(await after.leases.renewLease(fence, 1_000))).toBe('stale-claim');
    const taken = value(await after.leases.acquireLease(fence === young ? 'channel:young' : `${fence.lease}${fence.epoch}`, 'lane:b', 600_000));
    expect(taken.epoch).toBeGreaterThan(newer.epoch);
  }
  expect(value(await after.leases.acquireLease('channel:old', 'lane:b', 600_000)).epoch).toBeGreaterThan(newer.epoch);
  expect(refusalOf(await after.leases.renewLease(newer, 1_000))).toBe('stale-claim');
  expect((await after.sessions.listOutbound({ limit: 5 })).map(({ status }) => status)).toEqual(['unknown']);
  expect((await after.approvals.readApproval('appr_1'))?.status).toBe('expired');
  const resumed = value(await after.sessions.beginTurn(open.turn.sessionKey, 'node:x', 60_000));
  expect(resumed).toMatchObject({ resumed: true, turn: { id: open.turn.id } });

  const from = (cursor: string) => after.journal.readEvents({ after: cursor, limit: 100 });
  expect(refusalOf(await from(lost.at(-1)?.cursor ?? ''))).toBe('cursor-expired');
  expect(value(await from(kept?.cursor ?? '')).events.map(({ type }) => type)).toContain('restore.completed');
  await after.journal.appendEvents(Array.from({ length: 60 }, () => event));
  expect(refusalOf(await from(lost.at(-1)?.cursor ?? ''))).toBe('cursor-expired');
  expect(value(await from(await after.journal.headCursor())).events).toEqual([]);
  await expectSound(after);
});

test('on a new place it is as on the old one; twice is one timeline more', async () => {
  const [source, target] = [newDatabase(), newDatabase()];
  const store = await source.open();
  await store.journal.appendEvents([event]);
  value(await store.backup(source.copy));
  for (const timeline of [2, 2]) {
    const restored = value(await restoreStore({ backup: source.copy, database: target.file }, parts(target)));
    expect(restored.timeline).toBe(timeline);
  }
  const again = await target.open();
  await expectSound(again);
  value(await again.backup(target.copy));
  await again.close();
  expect(value(await restoreStore({ backup: target.copy, database: target.file }, parts(target))).timeline).toBe(3);
});

test('a running daemon, a damaged, foreign, newer or missing backup: refused, and the database in place stays as it is', async () => {
  const database = newDatabase();
  const store = await database.open();
  for (let round = 0; round < 40; round += 1) await store.journal.appendEvents([{ ...event, data: { text: 'x'.repeat(2_000) } }]);
  value(await store.backup(database.copy));
  const restore = (backup: string) => restoreStore({ backup, database: database.file }, parts(database));
  expect(refusalOf(await restore(database.copy))).toBe('already-running');
  await store.close();
  const inPlace = sha256(readFileSync(database.file));
  const good = readFileSync(database.copy);
  const damaged = Buffer.from(good);
  damaged.fill(0x5a, 30_000, 60_000);
  for (const bytes of [damaged, Buffer.from('no database'.repeat(1_000)), Buffer.alloc(0)]) {
    writeFileSync(`${database.copy}.bad`, bytes);
    expect(refusalOf(await restore(`${database.copy}.bad`))).toBe('storage-unavailable');
  }
  expect(refusalOf(await restore(`${database.copy}.none`))).toBe('not-found');
  expect(sha256(readFileSync(database.file))).toBe(inPlace);
  writeFileSync(database.file, Buffer.from('the database in place is ruined'));
  const restored = value(await restore(database.copy));
  expect(readFileSync(restored.previous ?? '', 'utf8')).toContain('ruined');
  await expectSound(await database.open());
  rmSync(`${database.copy}.bad`);
});

test('a claim in the backup is over: its token is worth nothing, and the task goes back to the board', async () => {
  const database = newDatabase();
  const before = await database.open();
  const { lane, task } = await laneWithTask(before);
  const held = await claim(before, lane);
  value(await before.backup(database.copy));
  await before.close();
  value(await restoreStore({ backup: database.copy, database: database.file }, parts(database)));
  const after = await database.open();
  expect(refusalOf(await after.board.renewClaim(proofOf(held), {}))).toBe('stale-claim');
  expect((await after.board.reclaimLapsed(10)).map(({ id }) => id)).toEqual([task]);
  expect((await claim(after, lane)).run.epoch).toBeGreaterThan(held.run.epoch + 1_000_000);
  await expectSound(after);
});
