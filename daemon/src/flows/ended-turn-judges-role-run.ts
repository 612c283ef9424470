/** A piece of work is judged when its turn has ended, by what it left behind, and settled once. Which outcome that is, the judgement of roles says. */
import { type Clock, type Ids, failpoint } from '@guildhall/kernel';
import type { ToolOutcome, Entry, SessionStore, Turn } from '@guildhall/sessions';
import { type EndedRun, type RoleRun, type RoleStore, judgeOutcome } from '@guildhall/roles';
import { type SkillStore, complianceOf } from '@guildhall/skills';
import type { Workspaces } from '@guildhall/tools';
import type { JournalTail } from '../journal-tail.ts';
import { whatWasLeft } from '../roles/left-behind.ts';
import type { Roles } from '../roles/role-catalogue.ts';
import { rolePlaceOf } from '../roles/role-place.ts';
import { openRoleWorkspace } from '../roles/role-workspaces.ts';
import { repeatOn, type Repeating } from './repeat.ts';

export interface JudgeDeps {
  readonly store: RoleStore;
  readonly skills: Pick<SkillStore, 'evidenceOfTurn'>;
  readonly sessions: SessionStore;
  readonly workspaces: Workspaces;
  readonly roles: () => Roles;
  readonly home: string;
  readonly tail: JournalTail;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly onFault: (error: unknown) => void;
}

const everyMs = 1000;
const atOnce = 50;

/** Tools that look, say or remember; what they did proves no work. */
const looking = new Set(
  'read_file search_files session_search web_search web_extract vision_analyze todo clarify memory load_skill search_skills list_findings delegate_task invoke_role'.split(
    ' ',
  ),
);

export function endedTurnJudgesRoleRun(deps: JudgeDeps): Repeating {
  return repeatOn(deps, { events: ['turn.completed', 'turn.failed', 'turn.cancelled'], everyMs }, async () => {
    for (const run of await deps.store.unsettledRuns(atOnce)) await settleRun(deps, run).catch(deps.onFault);
  });
}

async function settleRun(deps: JudgeDeps, run: RoleRun): Promise<void> {
  const turn = await deps.sessions.readTurn(run.turnId ?? run.hostTurn ?? '');
  if (turn === undefined || turn.status === 'queued' || turn.status === 'running') return;
  const place = rolePlaceOf(turn) ?? run;
  const entries = ownEntries(run, await deps.sessions.readTurnEntries(turn.id));
  const evidence = await deps.skills.evidenceOfTurn(turn.id);
  const workspace = await openRoleWorkspace(deps.home, place);
  // A turn that was called off before it began left nothing, whatever lies in the folder.
  const isThere = turn.startedAt !== undefined && workspace.ok;
  const left = isThere
    ? await whatWasLeft(deps, { place, workspace: workspace.value, entries, expects: run.expects })
    : { artifacts: [], expects: run.expects.map((pattern) => ({ pattern, found: [] })) };
  const compliance = complianceOf(evidence.uses);
  const judged = judgeOutcome({
    proof: deps.roles().find(run.role)?.proof ?? 'answer',
    turn: { status: turn.status, reason: turn.reason ?? '', answer: turn.answer ?? '' },
    blocked: turn.status === 'failed' && compliance === 'missing' && !entries.some(({ body }) => body.kind === 'model-step'),
    person: run.personOutcome,
    actions: actionsOf(entries),
    files: left.artifacts,
    expects: left.expects,
    findings: await findingsOf(deps, run, turn),
  });
  await failpoint('role.before-settle');
  const { artifacts } = left;
  const settled = await deps.store.settleRun(run.id, { ...judged, compliance, policyRev: evidence.policyRev, artifacts });
  await failpoint('role.after-settle');
  if (!settled.ok && settled.refusal.code !== 'wrong-state') deps.onFault(new Error(`the run ${run.id} could not be settled: ${settled.refusal.message}`));
}

/** Of a run that was done within another turn: what came after it was asked. */
function ownEntries(run: RoleRun, entries: readonly Entry[]): readonly Entry[] {
  if (run.hostTurn === null) return entries;
  const asked = entries.findIndex(({ body }) => body.kind === 'tool-started' && run.requestId === `${run.hostTurn}.${body.callId}`);
  return entries.slice(asked + 1);
}

function actionsOf(entries: readonly Entry[]): EndedRun['actions'] {
  return entries.flatMap(({ body }): { callId: string; tool: string; outcome: ToolOutcome }[] => {
    if (body.kind !== 'tool-result' || looking.has(body.tool) || body.tool.startsWith('kanban_')) return [];
    return [{ callId: body.callId, tool: body.tool, outcome: body.outcome }];
  });
}

async function findingsOf({ store }: JudgeDeps, run: RoleRun, turn: Turn): Promise<readonly string[]> {
  const findings = await store.listFindings({ plan: run.plan, limit: 1000 });
  return findings.filter((finding) => finding.turnId === turn.id).map(({ id }) => id);
}
