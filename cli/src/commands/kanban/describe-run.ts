import type { RunView } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { relativeTime, timeSpan } from '../../terminal/words.ts';

/** A run with what it left: its words, its evidence, its artifacts. */
export function describeRun({ paint, now }: Screen, run: RunView): Shown {
  const facts = `${relativeTime(run.startedAt, now)}, ${run.outcome === null ? 'for' : 'took'} ${timeSpan((run.endedAt ?? now) - run.startedAt)}`;
  const beat = run.outcome === null && run.lastHeartbeatAt !== null ? `, last heartbeat ${relativeTime(run.lastHeartbeatAt, now)}` : '';
  const words = [run.summary, run.reason, run.outcome === null ? run.note : ''].filter((text) => text !== '');
  return joinShown([
    show`  ${run.id}  ${paint(outcomePaint(run), run.outcome ?? 'running')}  ${run.lane}, attempt ${run.attempt}  ${paint('dim', facts + beat)}`,
    ...words.map((text) => showBlock(text, '    ')),
    ...run.evidence.map(({ kind, text, criterion }) => show`    ${paint('dim', criterion === undefined ? kind : `${kind} for ${criterion}`)} ${text}`),
    ...run.artifacts.map(({ name, url, path }) => show`    ${paint('dim', 'artifact')} ${name} ${url ?? path ?? ''}`),
  ]);
}

function outcomePaint({ outcome }: RunView): PaintName {
  if (outcome === null || outcome === 'completed') return 'green';
  return outcome === 'released' || outcome === 'reclaimed' || outcome === 'cancelled' ? 'dim' : 'red';
}
