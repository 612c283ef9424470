/** A finding that was accepted becomes one task of the board for each attempt to mend it, assigned to whoever fills the role that mends it. The store says which findings have none yet. */
import { deriveProvenance } from '@guildhall/authority';
import { type BoardStore, defaultBoard, operatorLane } from '@guildhall/board';
import { type Clock, type Ids, failpoint } from '@guildhall/kernel';
import type { Finding, RoleStore } from '@guildhall/roles';
import type { JournalTail } from '../journal-tail.ts';
import { createQueue } from '../one-at-a-time.ts';
import type { Roles } from '../roles/role-catalogue.ts';
import { repeat, type Repeating } from './repeat.ts';

export interface MendDeps {
  readonly store: RoleStore;
  readonly board: Pick<BoardStore, 'createTask'>;
  readonly roles: () => Roles;
  readonly tail: JournalTail;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly onFault: (error: unknown) => void;
}

const everyMs = 1000;
const atOnce = 100;
const usualAttempts = 3;

export function acceptedFindingMakesTask(deps: MendDeps): Repeating {
  const inOrder = createQueue();
  const sweep = () =>
    inOrder('mending', async () => {
      for (const finding of await deps.store.findingsWithoutTask(atOnce)) await makeTask(deps, finding).catch(deps.onFault);
    });
  const stopListening = deps.tail.on(['finding.disposed', 'finding.revalidated', 'finding.returned'], () => void sweep().catch(deps.onFault));
  const sweeping = repeat(deps.clock, everyMs, sweep, deps.onFault);
  return {
    async stop() {
      stopListening();
      await sweeping.stop();
      await inOrder('mending', async () => {});
    },
  };
}

async function makeTask(deps: MendDeps, finding: Finding): Promise<void> {
  const { id, plan, round, assignTo } = finding;
  const filledBy = deps.roles().fillerOf(assignTo ?? 'developer');
  const assignee = filledBy.kind === 'agent' ? filledBy.agent : operatorLane;
  const task = deps.ids.next('task');
  const actor = `role:${plan}/lead`;
  await failpoint('finding.before-task');
  const made = await deps.board.createTask({
    id: task,
    board: defaultBoard,
    title: `Mend: ${finding.title}`.slice(0, 500),
    body: bodyOf(finding),
    assignee,
    priority: 0,
    labels: [`finding:${id}`],
    startAt: null,
    acceptance: [],
    review: 'none',
    reviewer: operatorLane,
    evidenceRequired: false,
    maxAttempts: usualAttempts,
    maxRuntimeMs: null,
    metadata: { plan, finding: id, round, role: assignTo ?? 'developer' },
    workspace: { kind: 'scratch' },
    parents: [],
    triage: false,
    idempotencyKey: `finding:${id}:${round}`,
    provenance: deriveProvenance(finding.provenance, { hop: { via: 'task', actor, ref: task }, agent: assignee, trust: 'peer', budgets: [`plan:${plan}`] }),
    createdBy: actor,
  });
  await failpoint('finding.after-task');
  if (!made.ok) throw new Error(`the task that mends the finding ${id} cannot be made: ${made.refusal.message}`);
  await deps.store.linkRemediation(id, round, made.value.task.id);
}

function bodyOf({ id, plan, severity, description, evidence, history, round }: Finding): string {
  const said = history.filter(({ text, verb }) => text !== '' && verb !== 'report').map(({ by, verb, text }) => `${by} ${verb}: ${text}`);
  return [
    `The finding ${id} of the plan ${plan} (${severity}) was accepted by the Lead. Mend it${round > 1 ? `; this is attempt ${round}` : ''}.`,
    description,
    evidence.map(({ what, ref }) => `- ${what}${ref === '' ? '' : ` (${ref})`}`).join('\n'),
    said.length === 0 ? '' : `What was said about it:\n${said.join('\n')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
