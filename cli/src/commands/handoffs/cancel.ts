import { z } from 'zod';
import { cancelHandoffRequest, cancelledHandoff, done, exitCodeOf, type CancelAnswer, type CancelledHandoff } from '@guildhall/protocol';
import { askOnce } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type PaintName, type Shown } from '../../terminal/shown.ts';
import { onOneLine } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { handoffLine } from './describe-handoff.ts';

const input = z.object({ id: z.string().min(1), reason: z.string().optional() });
/** The daemon answers when what ran has stopped, or cannot be confirmed to have. */
const stoppedMs = 120_000;

export const cancelHandoff: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id, reason } = options.value;
  const body = makeRequest(cancelHandoffRequest, { reason });
  if (!body.ok) return body;
  const cancelled = await askOnce(call, {
    method: 'post',
    path: '/v1/handoffs/{id}/cancel',
    answer: cancelledHandoff,
    params: { id },
    body: body.value,
    timeoutMs: stoppedMs,
  });
  if (!cancelled.ok) return cancelled;
  const { value } = cancelled;
  const unsure = value.tree.some(({ answer }) => answer === 'could-not-be-confirmed');
  return done({ json: value, text: () => describeCancelled(call.output.screen, value), exit: unsure ? exitCodeOf('unknown-outcome') : 0 });
};

const answerWords: { readonly [answer in CancelAnswer]: { readonly words: string; readonly paint: PaintName } } = {
  stopped: { words: 'stopped', paint: 'green' },
  'already-done': { words: 'had ended already', paint: 'dim' },
  'could-not-be-confirmed': { words: 'not known to have stopped', paint: 'yellow' },
};

function describeCancelled(screen: Screen, { handoff, tree }: CancelledHandoff): Shown {
  const { paint, marks } = screen;
  const signs: { readonly [answer in CancelAnswer]: string } = { stopped: marks.yes, 'already-done': marks.dot, 'could-not-be-confirmed': marks.warn };
  return joinShown([
    handoffLine(screen, handoff),
    ...tree.map(({ kind, id, what, depth, answer, detail }) => {
      const { words, paint: name } = answerWords[answer];
      const more = detail === '' ? '' : paint('dim', show`  ${onOneLine(detail)}`);
      return show`${'  '.repeat(depth + 1)}${paint(name, signs[answer])} ${paint(name, words)}: ${kind} ${paint('bold', id)}  ${onOneLine(what)}${more}`;
    }),
    ...(tree.every(({ answer }) => answer === 'already-done') ? [paint('dim', 'There was nothing to stop any more. What was done stays done.')] : []),
  ]);
}
