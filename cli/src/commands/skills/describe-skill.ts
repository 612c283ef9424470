import type { SkillDetail, SkillStatus, SkillView } from '@guildhall/protocol';
import { paintDiff } from '../../terminal/diff.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { byteSize, onOneLine, relativeTime } from '../../terminal/words.ts';

export const skillPaint: { readonly [status in SkillStatus]: PaintName } = {
  discovered: 'yellow',
  staged: 'yellow',
  approved: 'green',
  quarantined: 'red',
  gone: 'dim',
};

const hashShown = 12;

/** The whole page of a skill. `diff` is from what was approved to what lies there now; empty where that is the same. */
export function describeSkill(screen: Screen, skill: SkillDetail, diff: string): Shown {
  const { paint, marks, now } = screen;
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(9))} ${value}`;
  const approval = skill.approvedAt === null ? 'by nobody' : show`${relativeTime(skill.approvedAt, now)} by ${skill.approvedBy ?? 'nobody'}, ${skill.pinned}`;
  return joinShown([
    show`${paint('bold', skill.name)}  ${paint(skillPaint[skill.status], skill.status)}${skill.reason === '' ? '' : show`: ${onOneLine(skill.reason)}`}`,
    show`${onOneLine(skill.description)}`,
    row('scope', skill.scope),
    row('version', skill.version === '' ? 'none' : skill.version),
    ...(skill.license === '' ? [] : [row('license', onOneLine(skill.license))]),
    row('folder', skill.folder),
    row('hash', skill.hash === '' ? 'it is not there any more' : show`${skill.hash}, ${byteSize(skill.bytes)}, seen ${relativeTime(skill.seenAt, now)}`),
    row('approved', approval),
    ...(skill.asksForTools.length === 0 ? [] : [row('asks for', show`${skill.asksForTools.join(', ')} ${paint('dim', '(a skill is given no tools)')}`)]),
    ...skill.warnings.map((warning) => show`${paint('yellow', marks.warn)} ${onOneLine(warning)}`),
    ...skill.files.map(({ path, bytes, sha256 }) => show`  ${path}  ${paint('dim', `${byteSize(bytes)}, ${sha256.slice(0, hashShown)}`)}`),
    nothing,
    ...(diff === '' ? [] : [paint('bold', 'What changed since it was approved'), paintDiff(screen, diff), nothing]),
    showBlock(skill.text.trimEnd()),
    ...remedyFor(screen, skill),
  ]);
}

function skillRemedy({ name, status, hash, scope }: SkillView): string | undefined {
  const approve = `guildhall skills approve ${name} --scope ${scope}${hash === '' ? '' : ` --hash ${hash}`}`;
  if (status === 'staged' || status === 'discovered') return `Nobody loads it before it is approved: ${approve}`;
  if (status === 'quarantined' && hash !== '') return `If what lies there now is right: ${approve}`;
  return status === 'gone' ? 'Put its folder back, or stage it again: guildhall skills stage PATH' : undefined;
}

function remedyFor({ paint }: Screen, skill: SkillView): readonly Shown[] {
  const remedy = skillRemedy(skill);
  return remedy === undefined ? [] : [nothing, paint('dim', show`${remedy}`)];
}
