/** A finding that was accepted becomes one task of the board for each attempt to mend it, assigned to whoever fills the role that mends it. The store says which findings have none yet. */
import { checkChain, deriveProvenance, lessTrusted } from '@guildhall/authority';
import { type BoardStore, defaultBoard, operatorLane } from '@guildhall/board';
import { type Clock, type Ids, failpoint } from '@guildhall/kernel';
import type { Provenance } from '@guildhall/protocol';
import type { Finding, RoleStore } from '@guildhall/roles';
import type { JournalTail } from '../journal-tail.ts';
import type { Roles } from '../roles/role-catalogue.ts';
import { repeatOn, type Repeating } from './repeat.ts';

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
/** Attempts to mend one finding that agents make. */
const mostRounds = 5;
/** A task is a link of the chain, and so is the turn that does it. */
const linksOfTask = 2;
/** Tasks that led to one another through agents, as for other tasks. */
const longestTaskChain = 8;

export function acceptedFindingMakesTask(deps: MendDeps): Repeating {
  return repeatOn(deps, { events: ['finding.disposed', 'finding.revalidated', 'finding.returned'], everyMs }, async () => {
    for (const finding of await deps.store.findingsWithoutTask(atOnce)) await makeTask(deps, finding).catch(deps.onFault);
  });
}

async function makeTask(deps: MendDeps, finding: Finding): Promise<void> {
  const { id, plan, round, assignTo, accepted } = finding;
  if (accepted === null) throw new Error(`nobody is on record as having accepted the finding ${id}`);
  const filledBy = deps.roles().fillerOf(assignTo ?? 'developer');
  const assignee = filledBy.kind === 'agent' && !isEndless(round, accepted.provenance) ? filledBy.agent : operatorLane;
  const task = deps.ids.next('task');
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
    provenance: provenanceOf(finding, accepted, task, assignee),
    createdBy: accepted.by,
  });
  await failpoint('finding.after-task');
  // Accepted within a handoff that was called off since: nothing begins there any more, and the finding stays as it is.
  if (!made.ok && made.refusal.code === 'wrong-state') return;
  if (!made.ok) throw new Error(`the task that mends the finding ${id} cannot be made: ${made.refusal.message}`);
  await deps.store.linkRemediation(id, round, made.value.task.id);
}

/** Agents that only find and mend what they mended go on for ever: then a person has to look. */
function isEndless(round: number, provenance: Provenance): boolean {
  const { hops, depth } = provenance;
  if (!checkChain({ ...provenance, depth: depth + linksOfTask }).ok) return true;
  return round > mostRounds || new Set(hops.flatMap(({ via, ref }) => (via === 'task' ? [ref] : []))).size >= longestTaskChain;
}

/**
 * The task is of who accepted the finding, not of who reported it: what an agent accepted goes on as its other work does, with no more trust and no other tools than its turn had. Its words are the
 * reporter's, so it is trusted no further than they are, whoever accepted them.
 */
function provenanceOf(finding: Finding, { by, provenance }: NonNullable<Finding['accepted']>, task: string, agent: string): Provenance {
  const derived = deriveProvenance(provenance, {
    hop: { via: 'task', actor: by, ref: task },
    agent,
    // What was found in a chain that may not do something comes of that chain, in whichever turn it was accepted.
    forbidden: finding.provenance.forbidden,
    trust: by === operatorLane && finding.reportedBy === operatorLane ? 'operator' : lessTrusted('peer', finding.provenance.trust),
    budgets: [`plan:${finding.plan}`],
  });
  // At the end of a chain the task is a person's, whose work is no link of it.
  return checkChain(derived).ok ? derived : { ...derived, depth: provenance.depth };
}

function bodyOf({ id, plan, severity, description, evidence, history, round, accepted }: Finding): string {
  const said = history.filter(({ text, verb }) => text !== '' && verb !== 'report').map(({ by, verb, text }) => `${by} ${verb}: ${text}`);
  return [
    `The finding ${id} of the plan ${plan} (${severity}) was accepted by ${accepted?.by === operatorLane ? 'the operator' : 'the Lead'}. Mend it${round > 1 ? `; this is attempt ${round}` : ''}.`,
    description,
    evidence.map(({ what, ref }) => `- ${what}${ref === '' ? '' : ` (${ref})`}`).join('\n'),
    said.length === 0 ? '' : `What was said about it:\n${said.join('\n')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
