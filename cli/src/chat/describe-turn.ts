import type { ExitCode, TurnView } from '@guildhall/protocol';
import type { Screen } from '../terminal/screen.ts';
import { show, type Shown } from '../terminal/shown.ts';
import { dollars, grouped } from '../terminal/words.ts';

/** How a turn that is over went: what is wrong, if anything is. */
export function describeFailure({ paint, marks }: Screen, turn: TurnView): Shown | undefined {
  if (turn.status === 'completed') return undefined;
  const reason = turn.reason === undefined ? '' : `: ${turn.reason}`;
  return paint(turn.status === 'cancelled' ? 'yellow' : 'red', show`${marks.no} ${turn.status}${reason}`);
}

/** What it cost, in one dim line. */
export function describeCost({ paint, marks }: Screen, turn: TurnView): Shown {
  const { usage, startedAt, endedAt } = turn;
  const seconds = startedAt === undefined || endedAt === undefined ? '' : `, ${((endedAt - startedAt) / 1000).toFixed(1)} s`;
  if (usage.rehearsal) return paint('dim', `${marks.dot} rehearsal: no model was asked, it cost nothing${seconds}`);
  const price = usage.unpricedSteps > 0 ? `${dollars(usage.costMicroUsd)} and ${usage.unpricedSteps} steps of unknown price` : dollars(usage.costMicroUsd);
  return paint('dim', `${marks.dot} ${price}, ${grouped(usage.inputTokens)} tokens in, ${grouped(usage.outputTokens)} out${seconds}`);
}

export function exitOfTurn(turn: TurnView): ExitCode {
  return turn.status === 'completed' ? 0 : 1;
}
