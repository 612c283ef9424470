/** Heads of the journal that are kept elsewhere: written page by page, and sent back to be compared. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headLine, verifyAuditRequest } from '@guildhall/protocol';
import { runInside } from './run-program.ts';
import { startTestDaemon, type TestDaemon } from './test-daemon.ts';

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await startTestDaemon();
});
afterEach(() => daemon.remove());

const run = (...words: readonly string[]) => runInside(words, { home: daemon.home });
const heads = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `session:${String(index).padStart(5, '0')}`, seq: index + 1, hash: `h${index}` }));

/** A journal that holds, of so many streams, one event more with every question. */
function journalOf(count: number): { readonly moments: (string | null)[] } {
  const moments: (string | null)[] = [];
  daemon.on('get /v1/audit/verify', () => ({ valid: true, head: 'x', events: count }));
  daemon.on('get /v1/audit/heads', ({ query }) => {
    moments.push(query.get('events'));
    const streams = heads(count).filter(({ name }) => name > (query.get('after') ?? ''));
    return { at: 5, events: 900 + moments.length, streams: streams.slice(0, Number(query.get('limit'))) };
  });
  return { moments };
}

describe('heads of the journal', () => {
  test('ten thousand of them become a file, all of one moment, with the digest over them', async () => {
    const { moments } = journalOf(10_000);
    const file = path.join(daemon.home, 'heads.json');
    const ran = await run('audit', 'head', '--export', file, '--json');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    const head = createHash('sha256').update(heads(10_000).map(headLine).join('')).digest('hex');
    expect(kept).toEqual({ at: 5, head, events: 901, streams: heads(10_000) });
    expect(JSON.parse(ran.stdout)).toEqual({ file, at: 5, head, events: 901, streams: 10_000 });
    expect(new Set(moments.slice(1))).toEqual(new Set(['901']));
  });

  test('are not written over earlier ones, nor of a journal that does not hold', async () => {
    journalOf(3);
    const file = path.join(daemon.home, 'heads.json');
    writeFileSync(file, 'earlier');
    expect(await run('audit', 'head', '--export', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
    expect(readFileSync(file, 'utf8')).toBe('earlier');
    daemon.on('get /v1/audit/verify', () => ({ valid: false, head: 'x', events: 3, firstBad: { stream: 'a', seq: 1, reason: 'r' } }));
    expect(await run('audit', 'head', '--export', path.join(daemon.home, 'new.json'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('worth nothing'),
    });
    expect(daemon.asked.filter((name) => name === 'get /v1/audit/heads')).toHaveLength(1);
  });

  test('are sent back whole, and what does not hold is named', async () => {
    const sent: number[] = [];
    daemon.on('post /v1/audit/verify', ({ body }) => {
      sent.push(verifyAuditRequest.parse(body).streams.length);
      return sent.length < 2
        ? { valid: true, head: 'x', events: 9 }
        : { valid: false, head: 'x', events: 9, firstBad: { stream: 'session:20000', seq: 3, reason: 'shortened: it had 4 events' } };
    });
    const file = path.join(daemon.home, 'heads.json');
    writeFileSync(file, JSON.stringify({ at: 5, head: 'x', events: 9, streams: heads(20_001) }));
    const ran = await run('audit', 'verify', '--against', file);
    expect(sent).toEqual([20_000, 1]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('session:20000@3, shortened');
  });

  test('a file that holds none is refused before anything is asked', async () => {
    const file = path.join(daemon.home, 'heads.json');
    writeFileSync(file, '{"at": 5}');
    const ran = await run('audit', 'verify', '--against', file);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('holds no exported heads: head') });
    expect(await run('audit', 'verify', '--against', `${file}x`)).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such file') });
    expect(daemon.asked).toEqual([]);
  });
});
