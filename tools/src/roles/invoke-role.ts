import { type RoleRunView, done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { resultOf } from '../result.ts';
import type { RolePort } from './role-port.ts';

const input = toolInput(
  {
    role: z.string().trim().min(1).max(120).describe('Who shall do it, such as "developer"'),
    plan_id: z.string().min(1).max(200).exactOptional().describe('Your own plan when absent'),
    task: z.string().trim().min(1).max(100_000).describe('What is to be done, with everything the role must know; it does not see this conversation'),
    mode: z
      .enum(['persistent', 'delegated', 'inline'])
      .default('persistent')
      .describe('persistent: in the conversation of the role. delegated: in a fresh one. inline: you do it yourself in this turn, and say why'),
    reason: z.string().max(2000).default('').describe('With inline: why you do it yourself'),
    expects: z.array(z.string().min(1).max(500)).max(50).default([]).describe('Files, by path or glob, that must be in the workspace of the role afterwards'),
    phase: z.string().min(1).max(120).exactOptional().describe('The phase of the plan it belongs to'),
  },
  { plan_id: ['plan', 'planId'], task: ['prompt', 'goal'] },
);

/** `invoke_role`: asks work of a role and waits for its outcome, which is judged by what the role left behind. */
export function invokeRoleTool(port: RolePort): Tool<z.output<typeof input>> {
  return {
    name: 'invoke_role',
    description: 'Ask a piece of work of a role that reports to you, and get its judged outcome and its answer.',
    input,
    // The run is known by its call, so the same call finds the run it began.
    idempotent: true,
    untrusted: true,
    private: false,
    canonicalise: async (args) =>
      args.mode === 'inline' && args.reason.trim() === '' ? refuse('invalid-input', 'mode "inline" needs a reason: say why you do it yourself') : done(args),
    danger: () => null,
    effects: noEffects,
    async run({ plan_id: plan, phase, ...work }, context) {
      const settled = await port.invokeRole({ ...work, ...(plan === undefined ? {} : { plan }), ...(phase === undefined ? {} : { phase }) }, context);
      return resultOf(settled, (run) => ({ text: tellRun(run), isError: isBad(run), data: { run: run.id, status: run.status, outcome: run.outcome } }));
    },
  };
}

function isBad({ status, outcome }: RoleRunView): boolean {
  return status === 'finished' && outcome !== 'succeeded';
}

function tellRun({ id, role, mode, status, outcome, reason, answer, artifacts, compliance }: RoleRunView): string {
  if (mode === 'inline' && status !== 'finished')
    return `Run ${id} of the ${role} is yours to do in this turn. Leave behind what is expected; it is judged when the turn ends.`;
  if (status === 'waiting-for-person') return `Run ${id}: a person fills the ${role} and has not answered yet. Go on with something else, or end here.`;
  if (status !== 'finished') return `Run ${id} of the ${role} is ${status}; its outcome will be on record.`;
  const files = artifacts.map(({ path, bytes }) => `- ${path} (${bytes} bytes)`);
  return [
    `Run ${id} of the ${role}: ${outcome ?? 'unjudged'}${reason === '' ? '' : ` — ${reason}`}. Skills: ${compliance}.`,
    files.length === 0 ? '' : `Left behind:\n${files.join('\n')}`,
    answer === null || answer === '' ? '' : `Its answer:\n${answer}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
