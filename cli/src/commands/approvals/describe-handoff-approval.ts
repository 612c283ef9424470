import type { ApprovalView, Json } from '@guildhall/protocol';
import { z } from 'zod';
import { quote } from '../../terminal/quote.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, type Shown } from '../../terminal/shown.ts';
import { dollars, grouped, relativeTime } from '../../terminal/words.ts';

const endpoint = z.union([z.string(), z.looseObject({ name: z.string(), sessionKey: z.string().optional() })]);
const canonical = z.looseObject({
  source: endpoint,
  target: endpoint,
  task: z.string(),
  riskLevel: z.string(),
  risk: z.string().optional(),
  allowance: z.looseObject({ microUsd: z.number().nullish(), tokens: z.number().nullish() }).nullish(),
  forbidden: z.union([z.array(z.string()), z.array(z.looseObject({ name: z.string() })), z.record(z.string(), z.json())]),
});
type Canonical = z.output<typeof canonical>;

const told: ReadonlySet<string> = new Set(['source', 'target', 'task', 'riskLevel', 'risk']);
const digestShown = 16;

/** Undefined for what is no handoff. Facts first, in our words; then the task apart, behind a bar, with what hides in it. */
export function describeHandoffApproval(screen: Screen, approval: ApprovalView): Shown | undefined {
  const handoff = canonical.safeParse(approval.args);
  if (approval.tool !== 'dispatch_handoff' || !handoff.success) return undefined;
  const { paint, marks, now } = screen;
  const { source, target, task } = handoff.data;
  const allowance = allowanceOf(handoff.data);
  const row = (name: string, value: string | Shown) => show`  ${paint('dim', name.padEnd(9))} ${value}`;
  return joinShown([
    show`${paint('bold', nameOf(source))} ${marks.arrow} ${paint('bold', nameOf(target))}  ${paint('dim', approval.reason)}`,
    row('from', describeEndpoint(source)),
    row('to', describeEndpoint(target)),
    row('risk', paint('yellow', riskOf(handoff.data))),
    row('forbidden', forbiddenOf(handoff.data).join(', ') || 'nothing beyond policy'),
    ...(allowance === undefined ? [] : [row('may cost', allowance)]),
    row('handoff', approval.turnId),
    row('digest', `${approval.digest.slice(0, digestShown)}${marks.ellipsis}`),
    ...(approval.status === 'pending' ? [row('expires', relativeTime(approval.expiresAt, now))] : []),
    paint('dim', show`  task, in the words of ${nameOf(source)}:`),
    quote(screen, task),
  ]);
}

/** For a table: one line. */
export function handoffActionLine({ tool, args }: ApprovalView): string | undefined {
  const handoff = canonical.safeParse(args);
  if (tool !== 'dispatch_handoff' || !handoff.success) return undefined;
  return `handoff ${nameOf(handoff.data.source)} to ${nameOf(handoff.data.target)}, risk ${riskOf(handoff.data)}: ${JSON.stringify(handoff.data.task)}`;
}

function nameOf(end: z.output<typeof endpoint>): string {
  return typeof end === 'string' ? end : end.name;
}

function describeEndpoint(end: z.output<typeof endpoint>): string {
  return typeof end === 'string' || end.sessionKey === undefined ? nameOf(end) : `${end.name} in ${end.sessionKey}`;
}

function riskOf({ riskLevel, risk }: Canonical): string {
  return risk === undefined || risk === riskLevel ? riskLevel : `${riskLevel} (${risk})`;
}

function forbiddenOf({ forbidden }: Canonical): readonly string[] {
  return Array.isArray(forbidden) ? forbidden.map((action) => (typeof action === 'string' ? action : action.name)) : Object.keys(forbidden);
}

function allowanceOf({ allowance }: Canonical): string | undefined {
  if (allowance === null || allowance === undefined) return undefined;
  const { microUsd, tokens } = allowance;
  return [...(typeof microUsd === 'number' ? [dollars(microUsd)] : []), ...(typeof tokens === 'number' ? [`${grouped(tokens)} tokens`] : [])].join(', ');
}

/** What a yes to a handoff is bound to beside its facts: what the forbidden actions cover, and the rules. */
export function describeHandoffBounds({ paint }: Screen, approval: ApprovalView): readonly Shown[] {
  if (approval.tool !== 'dispatch_handoff' || !canonical.safeParse(approval.args).success) return [];
  const rest = Object.entries(approval.args).filter(([name, value]) => !told.has(name) && value !== null);
  return [
    nothing,
    paint('bold', 'The yes is bound to all of the above, and to'),
    ...rest.map(([name, value]) => paint('dim', show`  ${name}: ${name === 'forbidden' ? summarizeForbidden(value) : JSON.stringify(value)}`)),
    paint('dim', show`Word for word: guildhall approvals show ${approval.id} --json`),
  ];
}

const covered = z.record(z.string(), z.record(z.string(), z.array(z.json())).nullable());

/** `db_write (11 tools, 68 argv, 6 hosts)`: what the names cover runs to pages. */
function summarizeForbidden(value: Json): string {
  const actions = covered.safeParse(value);
  if (!actions.success) return JSON.stringify(value);
  const words = Object.entries(actions.data).map(([name, lists]) => {
    const counts = Object.entries(lists ?? {}).filter(([, entries]) => entries.length > 0);
    return `${name} (${counts.map(([kind, entries]) => `${entries.length} ${kind}`).join(', ') || 'not defined'})`;
  });
  return words.join(', ') || 'nothing';
}
