/** Schedules of a real daemon: made over HTTP, fired at their time, and once only however the daemon dies around it. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ScheduleView } from '@guildhall/protocol';
import { scheduleFailpoints } from '@guildhall/kernel';
import { describe, expect, test } from 'vitest';
import { databases } from '../board/own-database.ts';
import { type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';

const rehearsal = `
rules:
  - match: { text: "say {word}" }
    steps:
      - say: "{word}"
`;

const schedule = (changes: object = {}) => ({
  name: 'night',
  when: { kind: 'in', ms: 1500 },
  target: { kind: 'agent', agent: 'main' },
  prompt: 'say goodnight',
  ...changes,
});

async function read(daemon: DaemonProcess): Promise<ScheduleView> {
  return (await daemon.request('GET', '/v1/schedules/night'))?.body as ScheduleView;
}

/** The schedule once its first occurrence has come to an end. */
async function settled(daemon: DaemonProcess): Promise<ScheduleView> {
  for (let waited = 0; waited < 1500; waited += 1) {
    const view = await read(daemon);
    if (view.occurrences.some(({ status }) => status !== 'fired')) return view;
    await pause(20);
  }
  throw new Error(`it did not come to an end: ${JSON.stringify(await read(daemon))}`);
}

async function expectSound(daemon: DaemonProcess): Promise<void> {
  const findings = (await daemon.request('GET', '/v1/db/verify'))?.body as readonly { ok: boolean }[];
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
}

test('a schedule fires at its time, its answer is in its session and leaves by the channel', { timeout: 60_000 }, async () => {
  const receipts: string[] = [];
  const platform = createServer((request, response) => {
    let body = '';
    request
      .on('data', (chunk: Buffer) => (body += chunk.toString()))
      .on('end', () => {
        receipts.push((JSON.parse(body) as { text: string }).text);
        response.end();
      });
  });
  platform.listen(0, '127.0.0.1');
  await once(platform, 'listening');
  const address = platform.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const place = createHome(
    `agents: { main: { model: rehearsal/default } }\nchannels: { chat: { platform: telegram, url: "http://127.0.0.1:${port}/" } }`,
    rehearsal,
  );
  const daemon = await startDaemonProcess(place);
  const made = await daemon.request('POST', '/v1/schedules', schedule({ deliverTo: { platform: 'telegram', chat: '7' } }));
  expect(made).toMatchObject({ status: 201, body: { says: 'once, 1 second 500 ms after it was made', status: 'active' } });
  const view = await settled(daemon);
  expect(view).toMatchObject({ status: 'ended', occurrences: [{ status: 'succeeded' }] });
  const [occurrence] = view.occurrences;
  // The daemon rests up to fifteen seconds between its looks; it heard of the new schedule at once.
  expect((occurrence?.firedAt ?? 0) - (occurrence?.dueAt ?? 0)).toBeLessThan(5000);
  expect(occurrence?.firedAt).toBeGreaterThanOrEqual(occurrence?.dueAt ?? Number.POSITIVE_INFINITY);
  for (let waited = 0; receipts.length === 0 && waited < 500; waited += 1) await pause(20);
  expect(receipts).toEqual(['goodnight']);
  const reached = await daemon.request('POST', '/v1/messages', { platform: 'schedule', chat: 'night', messageId: 'm', text: 'say hello' });
  expect(reached).toMatchObject({ status: 403 });
  await expectSound(daemon);
  expect(await daemon.stop()).toBe(0);
  place.remove();
  platform.close();
});

describe.each(databases)('a daemon on %s killed while it fires a schedule', (_kind, open) => {
  test.each(scheduleFailpoints)('%s: one occurrence and one turn', { timeout: 120_000 }, async (point) => {
    const place = createHome('agents: { main: { model: rehearsal/default } }', rehearsal);
    const database = await open();
    const dying = await startDaemonProcess(place, { ...database.start, failpoints: `${point}=kill@1` });
    await dying.request('POST', '/v1/schedules', schedule());
    await Promise.race([dying.ended, pause(60_000, 'it still runs')]).then((end) => expect(end).toBeNull());

    const daemon = await startDaemonProcess(place, database.start);
    const view = await settled(daemon);
    expect(view).toMatchObject({ status: 'ended', occurrences: [{ status: 'succeeded' }] });
    const session = encodeURIComponent('agent:main:schedule:thread:chat=night');
    const entries = (await daemon.request('GET', `/v1/sessions/${session}/entries`))?.body as readonly { kind: string }[];
    expect(entries.filter(({ kind }) => kind === 'message')).toHaveLength(1);
    await expectSound(daemon);
    expect(await daemon.stop()).toBe(0);
    await database.drop();
    place.remove();
  });
});
