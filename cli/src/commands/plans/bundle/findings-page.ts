import type { PlanBundle, PlanFindingView } from '@guildhall/protocol';
import { isoTime } from '../../../terminal/words.ts';
import { code, fenced, inline, page } from './markdown.ts';
import { findingsLedger } from './readme-page.ts';

/** Every finding with its evidence and everything that was decided and said about it. */
export function findingsPage(bundle: PlanBundle): string {
  return page([
    `# Findings of ${inline(bundle.plan.title === '' ? bundle.plan.id : bundle.plan.title)}`,
    findingsLedger(bundle),
    ...bundle.findings.flatMap(describe),
  ]);
}

function describe(finding: PlanFindingView): readonly string[] {
  const { id, title, severity, status, reportedBy, reportedAt, run, description, evidence, history } = finding;
  return [
    `## ${inline(title)}`,
    `${code(id)}, ${severity}, **${status}**. Reported ${isoTime(reportedAt)} by ${inline(reportedBy)}${run === null ? '' : ` in ${code(run)}`}.`,
    description === '' ? '' : fenced(description),
    evidence.map(({ what, ref }) => `- ${inline(what)}${ref === '' ? '' : ` ${code(ref)}`}`).join('\n'),
    history.map(({ at, by, verb, text }) => `- ${isoTime(at)} **${inline(verb)}** by ${code(by)}${text === '' ? '' : `: ${inline(text)}`}`).join('\n'),
  ];
}
