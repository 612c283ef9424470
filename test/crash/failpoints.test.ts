import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { failpoints } from '@guildhall/kernel';
import { describe, expect, test } from 'vitest';
import { DaemonEnded, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';

const rehearsal = `
rules:
  - match: { text: "bump {key}" }
    steps:
      - call: { tool: "mcp:effect/bump", args: { key: "{key}" } }
      - say: "done: {result}"
`;
const effectServer = path.join(path.dirname(import.meta.dirname), 'harness', 'effect-server.ts');

/** A chat platform that keeps a receipt of every delivery. */
async function openPlatform() {
  const receipts: string[] = [];
  const server = createServer((request, response) => {
    receipts.push(String(request.headers['idempotency-key']));
    request.resume().on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { receipts, url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

async function answered(daemon: DaemonProcess, turnId: string): Promise<{ readonly status: string; readonly answer?: string; readonly attempts: number }> {
  for (;;) {
    const turn = (await daemon.request('GET', `/v1/turns/${turnId}?waitMs=10000`))?.body as { status: string; answer?: string; attempts: number };
    if (turn.status !== 'queued' && turn.status !== 'running') return turn;
  }
}

describe('a daemon killed at each named point', () => {
  test.each(failpoints)('%s: nothing lost, nothing twice', { timeout: 120_000 }, async (point) => {
    const platform = await openPlatform();
    const effects = path.join(mkdtempSync(path.join(tmpdir(), 'guildhall-effects-')), 'effects.log');
    const place = createHome(
      [
        'agents: { main: { model: rehearsal/default, mcp_servers: { effect: { command: ' +
          JSON.stringify(process.execPath) +
          `, args: [${JSON.stringify(effectServer)}, ${JSON.stringify(effects)}] } } } }`,
        `channels: { chat: { platform: telegram, url: ${JSON.stringify(platform.url)} } }`,
      ].join('\n'),
      rehearsal,
    );
    const message = { platform: 'telegram', chat: '7', peer: '7', messageId: 'm1', text: 'bump k1' };
    const send = async (daemon: DaemonProcess) => ((await daemon.request('POST', '/v1/messages', message))?.body as { turnId?: string } | undefined)?.turnId;

    const dying = await startDaemonProcess(place, { failpoints: `${point}=kill@1` }).catch((error: unknown) => {
      if (error instanceof DaemonEnded) return undefined;
      throw error;
    });
    if (dying === undefined) expect(point).toMatch(/^migration/);
    const first = dying === undefined ? undefined : await send(dying);
    if (dying !== undefined) await Promise.race([dying.ended, pause(60_000)]);

    const daemon = await startDaemonProcess(place);
    const turnId = await send(daemon);
    if (first !== undefined) expect(turnId).toBe(first);
    const turn = await answered(daemon, turnId ?? '');
    expect(turn.status).toBe('completed');
    const counted = existsSync(effects) ? readFileSync(effects, 'utf8').split('\n').filter(Boolean).length : 0;
    const unknown = turn.answer?.includes('nobody knows') === true;
    expect(counted).toBe(unknown && point === 'turn.after-tool-started' ? 0 : 1);
    for (let waited = 0; platform.receipts.length === 0 && waited < 500; waited += 1) await pause(20);
    await pause(200);
    expect(new Set(platform.receipts)).toEqual(new Set([`out_${turnId}`]));
    expect(platform.receipts.length).toBeLessThanOrEqual(point.startsWith('outbound.') ? 2 : 1);
    const findings = (await daemon.request('GET', '/v1/db/verify'))?.body as readonly { ok: boolean; message: string }[] | undefined;
    expect(findings?.filter((finding) => !finding.ok)).toEqual([]);
    expect(await daemon.stop()).toBe(0);
    place.remove();
    platform.close();
  });
});
