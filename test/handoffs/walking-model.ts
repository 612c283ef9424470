/** Agents that never stop by themselves: each does the next step of a walk that its message carries, and hands on the walk, turned by one. Where nothing stops them they go on for ever. */
import type { Answer, Asked } from './open-model.ts';

/** How an agent can make another one work, beside the tool that does it. */
export const walkingTools = {
  handoff: 'dispatch_handoff',
  task: 'kanban_create',
  delegate: 'delegate_task',
  role: 'invoke_role',
} as const;

export type StepKind = keyof typeof walkingTools;

export interface Step {
  readonly kind: StepKind;
  /** An agent, or for `role` a role. */
  readonly to: string;
}

/** The words that make an agent walk. `name` tells walks apart. */
export function walk(name: string, steps: readonly Step[]): string {
  return written(
    name,
    0,
    steps.map(({ kind, to }) => `${kind}>${to}`),
  );
}

/** With the number of the step, so that no two requests of a walk have the same words. */
function written(name: string, step: number, steps: readonly string[]): string {
  return `walk(${name}) ${step}: ${steps.join(' ')} .`;
}

const pattern = /walk\(([\w-]+)\) (\d+): ([\w>: -]+) \./;

export function walkOn({ text, results, steps }: Asked): Answer {
  const found = pattern.exec(text);
  if (found === null) return { say: 'nothing to do' };
  const isTask = text.includes('kanban_complete');
  if (steps === 0) return { say: 'on', calls: [next(found[1] ?? '', Number(found[2]), found[3] ?? '')] };
  if (steps === 1 && isTask) return { calls: [{ tool: 'kanban_complete', args: { summary: 'walked', evidence: [{ kind: 'note', text: 'walked' }] } }] };
  return { say: `walked: ${results.join(' | ').slice(0, 300)}` };
}

function next(name: string, step: number, steps: string): NonNullable<Answer['calls']>[number] {
  const [first = '', ...rest] = steps.trim().split(' ');
  const [kind = '', to = ''] = first.split('>');
  const on = written(name, step + 1, [...rest, first]);
  if (kind === 'handoff') return { tool: 'dispatch_handoff', args: { target: to, task: on } };
  if (kind === 'task') return { tool: 'kanban_create', args: { title: on, body: on, assignee: to } };
  if (kind === 'role') return { tool: 'invoke_role', args: { role: to, task: on } };
  return { tool: 'delegate_task', args: { goal: on } };
}
