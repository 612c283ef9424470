import type { ConfigVerdict } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import type { Answer } from '../../verb.ts';

/** `file:line:column path: message`, as editors and people read it, and the hint below. */
export function describeVerdict({ paint, marks }: Screen, file: string, verdict: ConfigVerdict, valid: string): Shown {
  if (verdict.valid) return show`${paint('green', marks.yes)} ${valid}`;
  return joinShown(
    verdict.errors.flatMap(({ path, line, column, message, hint }) => {
      const sentence = show`${paint('bold', `${file}:${line}:${column}`)} ${path === '' ? '' : `${path}: `}${paint('red', message)}`;
      return hint === '' ? [sentence] : [sentence, show`  ${paint('dim', hint)}`];
    }),
  );
}

export function answerVerdict(screen: Screen, file: string, verdict: ConfigVerdict, valid: string): Answer {
  return { json: verdict, text: () => describeVerdict(screen, file, verdict, valid), exit: verdict.valid ? 0 : 2 };
}
