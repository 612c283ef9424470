import type { PlanBundle, RoleRunView, SkillUseView } from '@guildhall/protocol';
import { dollars, grouped, isoTime } from '../../../terminal/words.ts';
import { readableEvidence } from '../../roles/run-evidence.ts';
import { code, fenced, inline, link, page, table } from './markdown.ts';
import type { Places } from './places.ts';

type ExportedRole = PlanBundle['roles'][number];

/** One role: what it is for, its incarnations, and each piece of work with what shows it. */
export function rolePage({ runs }: PlanBundle, role: ExportedRole, places: Places): string {
  const own = runs.filter((run) => run.role === role.role);
  return page([
    `# ${inline(role.title)}`,
    role.mission === '' ? '' : inline(role.mission),
    role.responsibilities.map((each) => `- ${inline(each)}`).join('\n'),
    factsOf(role),
    '## Incarnations',
    incarnationsOf(role),
    ...role.incarnations.filter(({ brief }) => brief !== '').flatMap(({ number, brief }) => [`What ${number} left for its successor:`, fenced(brief)]),
    '## Work',
    ...(own.length === 0 ? ['Nothing was asked of it.'] : own.flatMap((run) => describeRun(run, places))),
  ]);
}

function factsOf(role: ExportedRole): string {
  return [
    `- Filled by ${role.filledBy.kind === 'person' ? 'a person' : code(role.filledBy.agent)}${role.model === null ? '' : `, with ${code(role.model)}`}`,
    `- ${role.status}, incarnation ${role.incarnation}, session ${code(role.sessionKey)}, ${grouped(role.entryCount)} entries`,
    `- Skills ${role.compliance}`,
    `- ${dollars(role.costMicroUsd)} in ${grouped(role.turns)} turns, ${grouped(role.inputTokens)} tokens in, ${grouped(role.outputTokens)} out`,
  ].join('\n');
}

function incarnationsOf({ incarnations }: ExportedRole): string {
  const rows = incarnations.map((each) => [
    String(each.number),
    `${each.begunBy} ${isoTime(each.openedAt)} by ${code(each.openedBy)}`,
    inline(each.openedReason),
    each.retiredAt === null ? '' : `${isoTime(each.retiredAt)} by ${code(each.retiredBy ?? '')}`,
    inline(each.retiredReason ?? ''),
    each.firstSeq === null ? '' : `${each.firstSeq} to ${each.lastSeq ?? ''}`,
    dollars(each.costMicroUsd),
  ]);
  return table(['', 'Begun', 'Why', 'Ended', 'Why', 'Entries', 'Cost'], rows, 'None is recorded.');
}

function describeRun(run: RoleRunView, places: Places): readonly string[] {
  const ended = run.endedAt === null ? '' : `, ended ${isoTime(run.endedAt)}`;
  return [
    `### ${run.outcome ?? run.status}: ${code(run.id)}`,
    `${run.mode}${run.phase === null ? '' : `, phase ${inline(run.phase)}`}, asked ${isoTime(run.createdAt)} by ${code(run.requestedBy)}${ended}, ${dollars(run.costMicroUsd)}, packet ${run.packetRev}.`,
    run.reason === '' ? '' : inline(run.reason),
    fenced(run.task),
    run.answer === null || run.answer === '' ? '' : `It answered:\n\n${fenced(run.answer)}`,
    skillsOf(run),
    readableEvidence(run.evidence)
      .map(({ kind, ref, note }) => `- ${kind} ${code(ref)} ${inline(note)}`.trimEnd())
      .join('\n'),
    run.artifacts.map(({ id, path }) => `- ${artifactWords(path, places.artifacts.get(id))}`).join('\n'),
  ];
}

function artifactWords(path: string, at: string | undefined): string {
  return at === undefined ? `${code(path)} (only its hash was kept)` : link(code(path), `../${at}`);
}

function skillsOf({ skills, compliance, policyRev }: RoleRunView): string {
  const rows = skills.map(({ skill, tier, status, version, wanted, found, how }: SkillUseView) => [
    inline(skill),
    tier,
    status,
    inline(version),
    code(wanted),
    code(found),
    how,
  ]);
  const policy = policyRev === null ? 'no policy was in force' : `policy revision ${policyRev}`;
  return page([`Skills ${compliance}; ${policy}.`, table(['Skill', 'Tier', 'Status', 'Version', 'Policy asks', 'Used', 'Loaded'], rows, '')]).trim();
}
