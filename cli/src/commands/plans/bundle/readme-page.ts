import type { PlanBundle, PlanView } from '@guildhall/protocol';
import { byteSize, dollars, grouped, isoTime } from '../../../terminal/words.ts';
import { callsOf } from '../../roles/run-evidence.ts';
import { code, fenced, inline, link, page, table } from './markdown.ts';
import type { Places } from './places.ts';

const shortestTask = 120;

/** The page a person reads first: what was asked, who did it, under which skills, at what cost, and what shows it. */
export function readmePage(bundle: PlanBundle, places: Places): string {
  const { plan } = bundle;
  return page([
    `# ${inline(plan.title === '' ? plan.id : plan.title)}`,
    headOf(bundle),
    '## What was asked',
    plan.goal === '' ? '' : fenced(plan.goal),
    packetsOf(bundle, places),
    '## Phases',
    table(
      ['Phase', 'Roles', ''],
      plan.phases.map(({ name, roles, status }) => [inline(name), roles.map(inline).join(', '), status]),
      'The plan has no phases.',
    ),
    '## Who did what',
    rolesOf(bundle, places),
    runsOf(bundle),
    '## Findings',
    findingsLedger(bundle),
    bundle.findings.length === 0 ? '' : `Everything that was said about them: ${link('findings.md', 'findings.md')}`,
    '## Decisions',
    table(
      ['When', 'Who', 'What', 'Why'],
      bundle.decisions.map(({ at, by, what, why }) => [isoTime(at), code(by), inline(what), inline(why)]),
      'None are recorded.',
    ),
    gateOf(plan),
    '## Evidence',
    evidenceOf(bundle),
    '## Artifacts',
    artifactsOf(bundle, places),
    `The same as data: ${link('plan.json', 'plan.json')}. What happened, event by event: ${link('events.ndjson', 'events.ndjson')}.`,
  ]);
}

function headOf({ plan, exportedAt, costs }: PlanBundle): string {
  const turns = costs.reduce((sum, cost) => sum + cost.turns, 0);
  const ended = plan.completedAt === null ? '' : `, completed ${isoTime(plan.completedAt)} by ${code(plan.completedBy ?? '')}`;
  return [
    `- Plan ${code(plan.id)}, **${plan.status}**, made ${isoTime(plan.createdAt)} by ${code(plan.createdBy)}${ended}`,
    `- Runs: ${plan.runs.finished} finished, ${plan.runs.succeeded} of them succeeded, ${plan.runs.open} still open`,
    `- Findings: ${plan.findings.total}, ${plan.findings.open} still open`,
    `- Cost: ${dollars(plan.costMicroUsd)}, turns: ${grouped(turns)}`,
    `- Exported ${isoTime(exportedAt)}`,
  ].join('\n');
}

function packetsOf({ packets }: PlanBundle, places: Places): string {
  const rows = packets.flatMap(({ rev, by, at, sha256 }) => {
    const path = places.packets.get(rev);
    return path === undefined ? [] : [[link(String(rev), path), isoTime(at), code(by), code(sha256)]];
  });
  return table(['Packet', 'Written', 'By', 'SHA-256'], rows, 'The roles were given no packet.');
}

function rolesOf({ roles, orgChart, runs, costs }: PlanBundle, places: Places): string {
  const rows = roles.map((role) => {
    const path = places.roles.get(role.role);
    const own = runs.filter((run) => run.role === role.role);
    const cost = costs.find((each) => each.role === role.role);
    const superior = orgChart.find((each) => each.role === role.role)?.reportsTo ?? role.reportsTo;
    return [
      path === undefined ? inline(role.title) : link(inline(role.title), path),
      role.filledBy.kind === 'person' ? 'a person' : code(role.filledBy.agent),
      superior === null ? '' : inline(superior),
      `${own.filter(({ outcome }) => outcome === 'succeeded').length} of ${own.length}`,
      role.compliance,
      dollars(cost?.costMicroUsd ?? role.costMicroUsd),
      `${grouped(cost?.inputTokens ?? role.inputTokens)} in, ${grouped(cost?.outputTokens ?? role.outputTokens)} out`,
    ];
  });
  return table(['Role', 'Filled by', 'Reports to', 'Succeeded', 'Skills', 'Cost', 'Tokens'], rows, 'No role was asked anything.');
}

function runsOf({ runs }: PlanBundle): string {
  const rows = runs.map((run) => [
    code(run.id),
    inline(run.role),
    inline(run.phase ?? ''),
    run.outcome ?? run.status,
    run.skills.length === 0 ? run.compliance : `${run.compliance}: ${run.skills.map(({ skill, status }) => `${inline(skill)} (${status})`).join(', ')}`,
    dollars(run.costMicroUsd),
    inline([...run.task].slice(0, shortestTask).join('')),
  ]);
  return table(['Run', 'Role', 'Phase', 'Outcome', 'Skills', 'Cost', 'Task'], rows, '');
}

export function findingsLedger({ findings }: PlanBundle): string {
  const rows = findings.map((finding) => [
    code(finding.id),
    finding.severity,
    finding.status,
    inline(finding.title),
    inline(finding.reportedBy),
    finding.task === null ? '' : code(finding.task),
    finding.revalidation.map(({ role, verdict }) => `${inline(role)} ${verdict}`).join(', '),
  ]);
  return table(['Finding', 'Severity', 'Status', 'Title', 'Reported by', 'Mended in', 'Looked at again'], rows, 'Nothing was found.');
}

function gateOf({ blockers, waivers }: PlanView): string {
  const waived = waivers.map(({ blocker, reason, by, at }) => [code(blocker), inline(reason), code(by), isoTime(at)]);
  const open = blockers.map(({ id, message, remedy }) => [code(id), inline(message), code(remedy)]);
  return page([
    blockers.length === 0 ? '' : `### What keeps it from being completed\n\n${table(['Blocker', 'Why', 'What helps'], open, '')}`,
    waivers.length === 0 ? '' : `### Waived\n\n${table(['Blocker', 'Reason', 'By', 'When'], waived, '')}`,
  ]).trim();
}

/** A row for each run; the files are below with their hashes, and every call is in plan.json. */
function evidenceOf({ runs }: PlanBundle): string {
  const rows = runs
    .filter(({ evidence }) => evidence.length > 0)
    .map(({ id, role, evidence }) => {
      const of = (kind: string) => evidence.filter((each) => each.kind === kind);
      return [
        code(id),
        inline(role),
        of('artifact')
          .map(({ ref }) => code(ref))
          .join(', '),
        of('finding')
          .map(({ ref }) => code(ref))
          .join(', '),
        inline(callsOf(evidence)),
        of('answer')
          .map(({ note }) => inline(note))
          .join(', '),
      ];
    });
  return table(['Run', 'Role', 'Files', 'Findings', 'Calls', 'Answer'], rows, 'None is recorded.');
}

function artifactsOf({ artifacts }: PlanBundle, places: Places): string {
  const rows = artifacts.map(({ id, path, role, run, bytes, compliance, sha256 }) => {
    const at = places.artifacts.get(id);
    return [at === undefined ? `${code(path)} (not kept)` : link(code(path), at), inline(role), code(run), byteSize(bytes), compliance, code(sha256)];
  });
  return table(['File', 'Role', 'Run', 'Size', 'Skills', 'SHA-256'], rows, 'Nothing was left behind.');
}
