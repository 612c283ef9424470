/** What a role leaves for its successor, made from the record alone: what was asked of it, what it answered, what it left behind, and what is still open. The same record makes the same brief. */
import type { RoleStore } from '@guildhall/roles';
import type { RolePlace } from '../../roles/role-place.ts';

const mostRuns = 20;
const mostArtifacts = 50;
const mostFindings = 200;
const mostOfTask = 400;
const mostOfAnswer = 1200;

export async function leavingBrief(store: RoleStore, { plan, role }: RolePlace): Promise<string> {
  const [runs, artifacts, findings] = await Promise.all([
    store.listRuns({ plan, role, limit: mostRuns }),
    store.artifactsOf({ plan, role, limit: mostArtifacts }),
    store.listFindings({ plan, limit: mostFindings }),
  ]);
  const asked = runs
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    .map((run) => {
      const answer = run.answer ?? run.personAnswer ?? '';
      return `- ${run.id} (${run.outcome ?? run.status}): ${indented(cut(run.task, mostOfTask))}${answer === '' ? '' : `\n  answered: ${indented(cut(answer, mostOfAnswer))}`}`;
    });
  const left = [...new Set(artifacts.map(({ path, sha256 }) => `- ${path} (sha256 ${sha256.slice(0, 16)})`))].toSorted();
  const open = findings
    .filter(({ status, reportedBy, assignTo }) => !['closed', 'rejected'].includes(status) && (reportedBy === role || assignTo === role))
    .map(({ id, status, title }) => `- ${id} (${status}): ${title}`)
    .toSorted();
  return [section('Asked', asked), section('Left behind', left), section('Findings still open', open)].filter((part) => part !== '').join('\n\n');
}

function section(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${name}:\n${lines.join('\n')}`;
}

/** Further lines stand below the first, so that nothing of an answer looks like the next point. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n    ');
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()} …` : text;
}
