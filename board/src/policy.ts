/** Who may ask what of the board. One table: the doors refuse by it, and the verbs shown with a task come from it and the transition table. */
import type { TaskStatus } from '@guildhall/protocol';
import { statusesWith, type TaskVerb } from './task.ts';

/** `holder`: the bearer of a claim, by its token. `lane`: a lane that shows no token. `reader`: somebody who may only look. */
export type CallerKind = 'operator' | 'reader' | 'agent' | 'lane' | 'holder';

/** `own` is for a lane: itself and what is assigned to it; for a holder: the task of its claim; for an agent: what it made. */
export type Reach = 'any' | 'own' | 'none';

const operatorOnly = { operator: 'any', reader: 'none', agent: 'none', lane: 'none', holder: 'none' } as const;
/** Not even a person moves a task on without the token of its claim; they can take it back. */
const holderOnly = { operator: 'none', reader: 'none', agent: 'none', lane: 'none', holder: 'own' } as const;
const holderOrOperator = { ...holderOnly, operator: 'any' } as const;

export const boardPolicy = {
  read: { operator: 'any', reader: 'any', agent: 'any', lane: 'own', holder: 'own' },
  create: { ...operatorOnly, agent: 'any' },
  change: operatorOnly,
  specify: operatorOnly,
  link: { ...operatorOnly, agent: 'own' },
  unblock: { ...operatorOnly, agent: 'own' },
  review: operatorOnly,
  reclaim: operatorOnly,
  archive: operatorOnly,
  claim: { operator: 'any', reader: 'none', agent: 'none', lane: 'own', holder: 'none' },
  heartbeat: holderOnly,
  complete: holderOnly,
  release: holderOnly,
  block: holderOrOperator,
  comment: { ...holderOrOperator, agent: 'any' },
  attach: { ...holderOrOperator, agent: 'own' },
  annotate: holderOrOperator,
  'make-board': operatorOnly,
  import: operatorOnly,
  'open-pull-request': operatorOnly,
  'read-lane': { operator: 'any', reader: 'any', agent: 'any', lane: 'own', holder: 'none' },
  'park-lane': { operator: 'any', reader: 'none', agent: 'none', lane: 'own', holder: 'none' },
  'change-lane': operatorOnly,
} as const satisfies Record<string, Record<CallerKind, Reach>>;

export type BoardVerb = keyof typeof boardPolicy;

/** The statuses of a task in which something can be asked for; what is not here can be asked for in every status. */
const asks: Partial<Record<BoardVerb, TaskVerb>> = {
  specify: 'specify',
  unblock: 'unblock',
  review: 'accept',
  reclaim: 'reclaim',
  archive: 'archive',
  claim: 'claim',
  heartbeat: 'complete',
  complete: 'complete',
  release: 'release',
  block: 'block',
};

const shown: readonly BoardVerb[] = [
  'claim',
  'heartbeat',
  'complete',
  'block',
  'release',
  'unblock',
  'specify',
  'review',
  'reclaim',
  'archive',
  'change',
  'link',
  'comment',
  'attach',
  'annotate',
];

/** What a caller of this kind may do with a task in this status, given whether it is its own. */
export function verbsFor(kind: CallerKind, status: TaskStatus, own: boolean): readonly BoardVerb[] {
  return shown.filter((verb) => {
    const reach = boardPolicy[verb][kind];
    if (reach === 'none' || (reach === 'own' && !own)) return false;
    if (kind === 'holder' && status !== 'running') return false;
    if (verb === 'block' && (status === 'running') !== (kind === 'holder')) return false;
    const move = asks[verb];
    if (move !== undefined) return statusesWith(move).includes(status);
    return verb !== 'change' || (status !== 'done' && status !== 'archived');
  });
}
