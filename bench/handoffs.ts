/** What a handoff costs beside a plain turn with the same tool call: from asking until it has ended, over HTTP, with a rehearsed model. And what asking, being refused and a long list cost. */
import { requestedHandoff } from '@guildhall/protocol';
import type { DaemonProcess } from '../test/harness/daemon-process.ts';
import type { Backend } from './backends.ts';
import { figure, quantile, timed, type Figure } from './figures.ts';
import { rehearsal, turn } from './plain-turns.ts';

const config = `
model: rehearsal/default
agents: { main: { default: true, tools: coding }, worker: { tools: coding } }
session_triggers:
  enabled: true
  sources: { main: { allowed_targets: [worker], max_depth: 1, max_per_hour: 10000, max_concurrent_targets: 64 } }
  targets: { worker: { max_concurrent: 1, max_waiting: 1000 } }
`;

export async function measureHandoffs(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace(config, rehearsal);
  const daemon = await place.startDaemon();
  try {
    const rounds = Math.ceil(200 * scale);
    await timed(10, (n) => handoff(daemon, `write warm-${n}.txt`));
    const turns = await timed(rounds, (n) => turn(daemon, n));
    const handoffs = await timed(rounds, (n) => handoff(daemon, `write file-${n}.txt`));
    const refusals = await timed(rounds, (n) => dispatch(daemon, { source: 'worker', target: 'main', task: `write refused-${n}.txt` }));
    const again = await timed(rounds, () => dispatch(daemon, { source: 'main', target: 'worker', task: 'write file-0.txt' }));
    const began = performance.now();
    const together = Math.ceil(50 * scale);
    await Promise.all(Array.from({ length: together }, (_, n) => handoff(daemon, `write together-${n}.txt`)));
    const togetherMs = performance.now() - began;
    const listing = await timed(Math.ceil(20 * scale), () => daemon.request('GET', '/v1/handoffs?limit=100'));
    return [
      figure('turn with a tool call, waited for: p50', 'ms', quantile(turns, 0.5)),
      figure('handoff of the same call, until it has ended: p50', 'ms', quantile(handoffs, 0.5)),
      figure('handoff against the turn: p50', '×', quantile(handoffs, 0.5) / quantile(turns, 0.5)),
      figure('handoff, until it has ended: p95', 'ms', quantile(handoffs, 0.95)),
      figure('a refusal, with what every guardrail said on record: p50', 'ms', quantile(refusals, 0.5)),
      figure('the same asked again: p50', 'ms', quantile(again, 0.5)),
      figure(`${together} asked at once of a target that takes one: each`, 'ms', togetherMs / together),
      figure(`a page of 100 of ${rounds * 2 + together + 10} handoffs: p50`, 'ms', quantile(listing, 0.5)),
    ];
  } finally {
    await daemon.stop();
    place.remove();
  }
}

function dispatch(daemon: DaemonProcess, request: object) {
  return daemon.request('POST', '/v1/handoffs', request);
}

async function handoff(daemon: DaemonProcess, task: string): Promise<void> {
  const { id } = requestedHandoff.parse((await dispatch(daemon, { source: 'main', target: 'worker', task }))?.body);
  await daemon.request('GET', `/v1/handoffs/${id}?waitMs=60000`);
}
