/**
 * What costs can be summed by. `edge`: one source and one target, `director → coder`, over all handoffs between them; a turn counts for the innermost handoff it works for, so that edges add up.
 * `lane`: who held the task that a turn worked on. What lanes outside the daemon spend is not known here.
 */
export const costGroups = ['agent', 'day', 'plan', 'edge', 'lane'] as const;
export type CostGroup = (typeof costGroups)[number];
