/** A task as it is made: where it came from, and where it may work. */
import { checkChain, deriveProvenance, rootProvenance } from '@guildhall/authority';
import { operatorLane, type NewTask } from '@guildhall/board';
import { done, refuse, type Provenance, type Settled, type TaskRequest, type TaskView } from '@guildhall/protocol';
import type { BoardDeps } from './board-deps.ts';
import { guardAssignee } from './forbidding-chain.ts';
import { viewOne } from './views.ts';
import { mayAsk, type Who } from './who-may.ts';
import { checkWorkspace } from './workspace.ts';

const usualAttempts = 3;
/** Tasks that led to one another through agents before a person has to look. */
const longestTaskChain = 8;

/** The daemon's own tasks are known by keys that begin so; who could use one would make a task in the place of the daemon's. */
const daemonsKey = /^finding:/;

export async function createTask(deps: BoardDeps, board: string, request: TaskRequest, who: Who): Promise<Settled<TaskView & { readonly existing: boolean }>> {
  const allowed = mayAsk(who, 'create');
  if (!allowed.ok) return allowed;
  const { workspace = { kind: 'scratch' } } = request;
  if (request.idempotencyKey !== undefined && daemonsKey.test(request.idempotencyKey))
    return refuse(
      'not-allowed',
      `the idempotency key "${request.idempotencyKey}" begins as those of tasks that mend findings, which the daemon makes; choose another`,
    );
  const place = await checkWorkspace(workspace, who.kind === 'operator', deps.home);
  if (!place.ok) return place;
  const id = deps.ids.next('task');
  const provenance = provenanceOf(deps, id, who);
  if (!provenance.ok) return provenance;
  const held = await guardAssignee(deps.store, provenance.value, request.assignee);
  if (!held.ok) return held;
  const made = await deps.store.createTask({ ...fieldsOf(request), id, board, workspace: place.value, provenance: provenance.value, createdBy: who.actor });
  if (!made.ok) return made;
  return done({ ...(await viewOne(deps, made.value.task, who)), existing: made.value.existing });
}

function fieldsOf(request: TaskRequest): Omit<NewTask, 'id' | 'board' | 'workspace' | 'provenance' | 'createdBy'> {
  return {
    title: request.title,
    body: request.body ?? '',
    assignee: request.assignee ?? null,
    priority: request.priority ?? 0,
    labels: request.labels ?? [],
    startAt: request.startAt ?? null,
    acceptance: request.acceptance ?? [],
    review: request.review ?? 'none',
    reviewer: request.reviewer ?? operatorLane,
    evidenceRequired: request.evidenceRequired ?? false,
    maxAttempts: request.maxAttempts ?? usualAttempts,
    maxRuntimeMs: request.maxRuntimeMs ?? null,
    metadata: request.metadata ?? {},
    parents: request.parents ?? [],
    triage: request.triage ?? false,
    idempotencyKey: request.idempotencyKey ?? null,
  };
}

/** A person's task begins a chain. An agent's goes on with the chain of its turn; its words are no more than a peer's. */
function provenanceOf(deps: BoardDeps, id: string, who: Who): Settled<Provenance> {
  if (who.turn === undefined) {
    const limits = deps.chainLimits();
    return done(rootProvenance({ id: deps.ids.next('root'), origin: who.actor, trust: 'operator', via: 'task', ref: id, limits }));
  }
  const { agent, provenance } = who.turn;
  const tasks = new Set(provenance.hops.flatMap(({ via, ref }) => (via === 'task' ? [ref] : [])));
  if (tasks.size >= longestTaskChain)
    return refuse(
      'limit-reached',
      `this is the end of a chain of ${tasks.size} tasks that led to one another; a person has to look. Finish without a further task, and say so`,
      {
        tasks: tasks.size,
      },
    );
  const derived = deriveProvenance(provenance, { hop: { via: 'task', actor: who.actor, ref: id }, agent, trust: 'peer' });
  const short = checkChain(derived);
  return short.ok ? done(derived) : short;
}
