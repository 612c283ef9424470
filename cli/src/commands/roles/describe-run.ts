import { type ArtifactView, type RoleRunOutcome, type RoleRunView, type SkillUseView, shellWord } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { byteSize, dollars, onOneLine, relativeTime, timeSpan } from '../../terminal/words.ts';
import { compliancePaint } from './list.ts';
import { readableEvidence } from './run-evidence.ts';

const outcomePaint: { readonly [outcome in RoleRunOutcome]: PaintName } = {
  succeeded: 'green',
  unproven: 'yellow',
  failed: 'red',
  blocked: 'red',
  cancelled: 'dim',
};

/** What became of it in one word: its outcome, else its status. */
export function runState({ outcome, status }: RoleRunView): string {
  return outcome ?? status;
}

/** The whole page of a run: how it ended, what shows that, under which skills, at what cost. */
export function describeRoleRun(screen: Screen, run: RoleRunView): Shown {
  const { paint, now } = screen;
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(9))} ${value}`;
  const took = run.endedAt === null ? `asked ${relativeTime(run.createdAt, now)}` : `took ${timeSpan(run.endedAt - run.createdAt)}`;
  return joinShown([
    show`${outcomeMark(screen, run)} ${paint('bold', run.role)} ${paint(runPaint(run), runState(run))}  ${paint('dim', run.id)}`,
    ...(run.reason === '' ? [] : [row('because', onOneLine(run.reason))]),
    row(
      'run',
      show`${run.mode} in ${run.plan}${run.phase === null ? '' : `, phase ${run.phase}`}, incarnation ${run.incarnation}, ${took}, ${dollars(run.costMicroUsd)}`,
    ),
    row('skills', describeSkills(screen, run)),
    ...readableEvidence(run.evidence).map(({ kind, ref, note }, at) =>
      row(at === 0 ? 'evidence' : '', show`${paint('dim', kind)} ${ref}${note === '' ? '' : `  ${onOneLine(note)}`}`),
    ),
    ...(run.artifacts.length === 0 ? [] : [row('artifacts', nothing), ...run.artifacts.map((artifact) => artifactLine(screen, artifact))]),
    ...(run.answer === null || run.answer === '' ? [] : [nothing, showBlock(run.answer)]),
    ...remedyFor(screen, run).flatMap((remedy) => [nothing, remedy]),
  ]);
}

export function artifactLine({ paint }: Screen, { id, path, bytes, kept, compliance }: ArtifactView): Shown {
  return show`  ${id}  ${path}  ${paint('dim', `${byteSize(bytes)}${kept ? '' : ', only its hash is kept'}`)}  ${paint(compliancePaint[compliance], `skills ${compliance}`)}`;
}

/** What the person who fills the role is told: where what is wanted belongs, and how to say that it is there. */
export function wordsForPerson({ id, plan, role, expects }: RoleRunView): readonly Shown[] {
  const place = `--plan ${shellWord(plan)}`;
  return [
    ...(expects.length === 0
      ? []
      : [show`Wanted in the folder of the role: ${expects.join(', ')}. Which that is, says: guildhall roles show ${place} --role ${shellWord(role)}`]),
    show`A person fills this role. Say what you did: guildhall roles answer ${id} "…" ${place}`,
  ];
}

export function runPaint({ outcome, status }: RoleRunView): PaintName {
  if (outcome !== null) return outcomePaint[outcome];
  return status === 'waiting-for-person' ? 'yellow' : 'cyan';
}

/** What a person can do about it now. */
function remedyFor({ paint }: Screen, run: RoleRunView): readonly Shown[] {
  const plan = shellWord(run.plan);
  if (run.status === 'waiting-for-person') return wordsForPerson(run).map((line) => paint('dim', line));
  if (run.status !== 'finished') return [paint('dim', show`Why it takes so long: guildhall why ${run.id}`)];
  if (run.outcome === 'blocked') return [paint('dim', show`What is missing: guildhall skills report --plan ${plan}`)];
  if (run.outcome === 'unproven')
    return [paint('dim', show`What was to be shown is not there. Ask again: guildhall roles invoke "…" --plan ${plan} --role ${run.role}`)];
  return [];
}

function outcomeMark({ paint, marks }: Screen, run: RoleRunView): Shown {
  const mark = run.outcome === null ? marks.dot : run.outcome === 'succeeded' ? marks.yes : marks.no;
  return paint(runPaint(run), mark);
}

function describeSkills({ paint }: Screen, { compliance, skills }: RoleRunView): Shown {
  const level = paint(compliancePaint[compliance], compliance);
  return skills.length === 0 ? level : show`${level}  ${paint('dim', skills.map(skillWords).join(', '))}`;
}

function skillWords({ skill, tier, status }: SkillUseView): string {
  return `${skill} (${tier}, ${status})`;
}
