/** What a role run costs beside a plain turn with the same tool call: from asking until it is judged, over HTTP, with a rehearsed model. And what a long plan costs to look at and to take along. */
import { roleRunView } from '@guildhall/protocol';
import type { DaemonProcess } from '../test/harness/daemon-process.ts';
import type { Backend } from './backends.ts';
import { figure, quantile, timed, type Figure } from './figures.ts';
import { rehearsal, turn } from './plain-turns.ts';

const config = 'model: rehearsal/default\nagents:\n  main: { default: true, tools: coding }\n';

export async function measureRoleRuns(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace(config, rehearsal);
  const daemon = await place.startDaemon();
  try {
    const rounds = Math.ceil(200 * scale);
    await daemon.request('POST', '/v1/plans', { id: 'long' });
    await timed(20, (n) => run(daemon, `write warm-${n}.txt`));
    const turns = await timed(rounds, (n) => turn(daemon, n));
    const runs = await timed(rounds, (n) => run(daemon, `write file-${n}.txt`));
    const opening = await timed(rounds, (n) => daemon.request('PUT', `/v1/plans/long/roles/${n % 2 === 0 ? 'developer' : 'planner'}`, {}));
    for (let n = 0; n < rounds * 4; n += 1) {
      await daemon.request('POST', '/v1/plans/long/findings', { title: `finding ${n}`, severity: 'low', description: 'something small' });
    }
    const looking = await timed(Math.ceil(20 * scale), () => daemon.request('GET', '/v1/plans/long'));
    const taking = await timed(Math.ceil(5 * scale), () => daemon.request('GET', '/v1/plans/long/bundle'));
    return [
      figure('turn with a tool call, waited for: p50', 'ms', quantile(turns, 0.5)),
      figure('role run with the same call, until it is judged: p50', 'ms', quantile(runs, 0.5)),
      figure('role run against the turn: p50', '×', quantile(runs, 0.5) / quantile(turns, 0.5)),
      figure('role run, until it is judged: p95', 'ms', quantile(runs, 0.95)),
      figure('get or create a role session that is there: p50', 'ms', quantile(opening, 0.5)),
      figure(`a plan of ${rounds + 20} runs and ${rounds * 4} findings, with its blockers: p50`, 'ms', quantile(looking, 0.5)),
      figure('the same as a bundle: p50', 'ms', quantile(taking, 0.5)),
    ];
  } finally {
    await daemon.stop();
    place.remove();
  }
}

async function run(daemon: DaemonProcess, task: string): Promise<void> {
  const asked = roleRunView.parse((await daemon.request('POST', '/v1/plans/long/roles/developer/turns', { task }))?.body);
  await daemon.request('GET', `/v1/plans/long/runs/${asked.id}?waitMs=30000`);
}
