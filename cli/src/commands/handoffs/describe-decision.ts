import {
  guardrails,
  type DecisionMoment,
  type GuardrailAnswer,
  type GuardrailVerdict,
  type HandoffDecisionView,
  type HandoffExplanation,
  type JsonObject,
} from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, type PaintName, type Shown } from '../../terminal/shown.ts';
import { displayWidth } from '../../terminal/table.ts';
import { escapeLine } from '../../terminal/terminal-text.ts';
import { isoTime, onOneLine } from '../../terminal/words.ts';

const momentWords: { readonly [moment in DecisionMoment]: string } = {
  requested: 'When it was asked for',
  'asked-again': 'When it was asked for again',
  edited: 'When it was changed',
  starting: 'Before it began',
};
const verdictPaint: { readonly [verdict in GuardrailVerdict]: PaintName } = { allow: 'green', ask: 'yellow', deny: 'red' };
const nameWidth = Math.max(...guardrails.map((name) => name.length));

/** Every moment at which the guardrails were asked, each guardrail on a line of its own with what it looked at beside it. */
export function describeExplanation(screen: Screen, { id, status, decisions, lineage, forbiddenActions }: HandoffExplanation): Shown {
  const { paint, marks } = screen;
  const chain = lineage.map(({ via, actor, ref }) => `${via} ${actor}${ref === '' ? '' : ` (${ref})`}`);
  return joinShown([
    show`${paint('bold', id)}  ${status}`,
    ...(chain.length === 0 ? [] : [show`${paint('dim', 'chain    ')} ${chain.join(` ${marks.arrow} `)}`]),
    ...(forbiddenActions.length === 0 ? [] : [show`${paint('dim', 'forbidden')} ${forbiddenActions.join(', ')}`]),
    ...decisions.flatMap((decision) => [nothing, ...describeDecision(screen, decision)]),
  ]);
}

function describeDecision(screen: Screen, { moment, at, verdict, decidedBy, rule, digest, answers }: HandoffDecisionView): readonly Shown[] {
  const { paint } = screen;
  const by = decidedBy === null ? nothing : show` by ${paint('bold', decidedBy)}`;
  return [
    show`${paint('bold', momentWords[moment])}  ${paint(verdictPaint[verdict], verdict)}${by}  ${paint('dim', isoTime(at))}`,
    show`  ${onOneLine(rule)}`,
    ...answers.map((answer) => describeAnswer(screen, answer)),
    paint('dim', show`  digest ${digest}`),
  ];
}

/** What it looked at stands beside the rule where there is room, else below it. */
function describeAnswer({ paint, marks, width }: Screen, { guardrail, verdict, rule, inputs }: GuardrailAnswer): Shown {
  const mark = { allow: marks.yes, ask: marks.warn, deny: marks.no }[verdict];
  const said = `${guardrail.padEnd(nameWidth)}  ${onOneLine(rule)}`;
  const seen = describeInputs(inputs);
  const line = show`  ${paint(verdictPaint[verdict], mark)} ${said}`;
  if (seen === '') return line;
  const fits = width === undefined || displayWidth(escapeLine(`${said}${seen}`)) + 6 <= width;
  return fits ? show`${line}${paint('dim', show`  ${seen}`)}` : joinShown([line, paint('dim', show`${' '.repeat(nameWidth + 6)}${seen}`)]);
}

/** `depth=1 most=3`; values that are not plain as JSON. */
function describeInputs(inputs: JsonObject): string {
  return Object.entries(inputs)
    .map(([name, value]) => `${name}=${typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join(' ');
}
