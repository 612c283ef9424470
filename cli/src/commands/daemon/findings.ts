import type { FindingView } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type PaintName, type Shown } from '../../terminal/shown.ts';
import { onOneLine } from '../../terminal/words.ts';

const paints: { readonly [level in FindingView['level']]: PaintName } = { ok: 'green', warning: 'yellow', problem: 'red' };

/** One line for each finding, and its remedy below. */
export function describeFindings(screen: Screen, findings: readonly FindingView[]): Shown {
  const { marks, paint } = screen;
  const mark = { ok: marks.yes, warning: marks.warn, problem: marks.no };
  return joinShown(
    findings.flatMap(({ level, subject, message, remedy }) => {
      const line = show`${paint(paints[level], mark[level])} ${paint('bold', subject)}: ${onOneLine(message)}`;
      return remedy === undefined ? [line] : [line, show`  ${paint('dim', remedy)}`];
    }),
  );
}

export function hasProblem(findings: readonly FindingView[]): boolean {
  return findings.some((finding) => finding.level === 'problem');
}
