/** What a role is told of itself and of its plan. Everything that others wrote stands in envelopes: it says what the work is, and permits nothing. */
import { envelope } from '@guildhall/sessions';
import type { Incarnation, Plan, RoleDefinition, RoleRun } from '@guildhall/roles';
import type { Roles } from './role-catalogue.ts';

export interface RolePromptFacts {
  readonly roles: Roles;
  readonly definition: RoleDefinition;
  readonly plan: Plan;
  /** The present one; undefined where there is none yet. */
  readonly incarnation: Incarnation | undefined;
  readonly run: RoleRun | undefined;
}

export function rolePrompt({ roles, definition, plan, incarnation, run }: RolePromptFacts): string {
  const brief = incarnation?.brief ?? '';
  return [
    `You are the ${definition.title} (role "${definition.role}") of the plan below. Nothing of other plans, and nothing of what other roles say among themselves, is known to you.`,
    definition.mission === '' ? '' : `Your mission: ${definition.mission}`,
    definition.responsibilities.length === 0 ? '' : `You answer for:\n${definition.responsibilities.map((line) => `- ${line}`).join('\n')}`,
    orgLine(roles, definition),
    envelope('the plan', planText(plan)),
    run === undefined ? '' : runText(definition, run),
    incarnation === undefined || brief === '' || incarnation.begunBy === 'rotated' ? '' : envelope('what the incarnation before you left', brief),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function orgLine({ chart }: Roles, { role, reportsTo }: RoleDefinition): string {
  const reports = chart.reportsOf(role);
  const above = reportsTo === null ? 'You report to nobody but the operator.' : `You report to: ${reportsTo}.`;
  const below = reports.length === 0 ? '' : ` These report to you, and you may ask work of them with invoke_role: ${reports.join(', ')}.`;
  const findings =
    role === 'lead'
      ? ' Every finding waits for you: decide about it with dispose_finding. Nothing is mended that you did not accept.'
      : ' What you find wrong you report with report_finding; the Lead decides what becomes of it.';
  return `${above}${below}${findings}`;
}

function planText({ id, title, goal, phases, packet }: Plan): string {
  return [
    `Plan: ${id}`,
    title === id ? '' : `Title: ${title}`,
    goal === '' ? '' : `Goal:\n${goal}`,
    phases.length === 0 ? '' : `Phases: ${phases.map(({ name, roles }) => `${name} (${roles.join(', ')})`).join('; ')}`,
    packet === '' ? '' : `To read:\n${packet}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function runText({ proof }: RoleDefinition, { phase, expects }: RoleRun): string {
  const wanted =
    expects.length > 0
      ? envelope('what must be in your workspace afterwards', expects.join('\n'))
      : {
          artifact: 'You must leave a file in your workspace: put what is for others under artifacts/.',
          action: 'You must have done something that is on record, by a tool.',
          answer: 'Your answer is what is wanted.',
        }[proof];
  return `${phase === null ? '' : `Phase: ${phase}. `}Whether this work succeeded is judged by what is there to be seen, not by what you say about it. ${wanted}`;
}
