/** The tools by which roles speak of findings: reporting, answering, deciding, looking again. */
import { type PlanFindingView, dispositions, done, findingStatuses, refuse, severities } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { resultOf, told } from '../result.ts';
import type { RolePort } from './role-port.ts';

/** Everything a tool of findings says is what others wrote, and nothing asks a person first: what may be done is decided behind the port. */
const usual = { untrusted: true, private: false, danger: () => null, effects: noEffects } as const;

const findingId = z.string().min(1).max(100).describe('The id of the finding, such as find_…');
const role = z.string().trim().min(1).max(120);

const report = toolInput(
  {
    title: z.string().trim().min(1).max(300),
    severity: z.enum(severities),
    description: z.string().max(50_000).default(''),
    evidence: z
      .array(z.union([z.string().min(1).max(2000), z.strictObject({ what: z.string().min(1).max(2000), ref: z.string().max(2000).exactOptional() })]))
      .max(50)
      .default([])
      .describe('What shows it, each with a path, line or command'),
  },
  { description: ['body', 'details'] },
);

function reportFindingTool(port: RolePort): Tool<z.output<typeof report>> {
  return {
    ...usual,
    name: 'report_finding',
    description: 'Report something that is wrong. It waits for the Lead, who decides what becomes of it; nothing is mended by itself.',
    input: report,
    // A finding is known by its call.
    idempotent: true,
    canonicalise: async (args) => done(args),
    run: async ({ evidence, ...args }, context) =>
      resultOf(
        await port.reportFinding({ ...args, evidence: evidence.map((one) => (typeof one === 'string' ? { what: one } : one)) }, context),
        ({ id, status }) => told(`Finding ${id} is ${status}; the Lead will decide about it.`, { finding: id }),
      ),
  };
}

const dispose = toolInput({
  id: findingId,
  disposition: z.enum(dispositions),
  reason: z.string().max(5000).default('').describe('Needed to reject and to defer; with ask: the question'),
  assign_to: role.exactOptional().describe('With accept: who mends it; the developer when absent'),
  revalidate_by: z.array(role).min(1).max(10).exactOptional().describe('With accept: who must look again; who reported it when absent'),
});

function disposeFindingTool(port: RolePort): Tool<z.output<typeof dispose>> {
  return {
    ...usual,
    name: 'dispose_finding',
    description: 'Decide about a finding: accept (it is mended, and looked at again), reject, defer, or ask about it.',
    input: dispose,
    // A disposition that took effect cannot be made a second time; one that was cut off before it did is made.
    idempotent: true,
    canonicalise: async (args) =>
      args.disposition !== 'accept' && args.reason.trim() === '' ? refuse('invalid-input', `"${args.disposition}" needs a reason; give it`) : done(args),
    async run({ id, disposition, reason, assign_to: assignTo, revalidate_by: revalidateBy }, context) {
      const words = disposition === 'ask' ? { question: reason } : reason === '' ? {} : { reason };
      const request = { ...words, ...(assignTo === undefined ? {} : { assignTo }), ...(revalidateBy === undefined ? {} : { revalidateBy }) };
      return resultOf(await port.disposeFinding(id, disposition, request, context), tellFinding);
    },
  };
}

const answer = toolInput({ id: findingId, text: z.string().trim().min(1).max(20_000) }, { text: ['answer'] });

function answerFindingTool(port: RolePort): Tool<z.output<typeof answer>> {
  return {
    ...usual,
    name: 'answer_finding',
    description: 'Answer what the Lead asked about a finding you reported.',
    input: answer,
    idempotent: false,
    canonicalise: async (args) => done(args),
    run: async ({ id, text }, context) => resultOf(await port.answerFinding(id, text, context), tellFinding),
  };
}

const revalidate = toolInput({
  id: findingId,
  verdict: z.enum(['passed', 'failed']),
  text: z.string().trim().min(1).max(20_000).describe('What you looked at and saw'),
});

function revalidateFindingTool(port: RolePort): Tool<z.output<typeof revalidate>> {
  return {
    ...usual,
    name: 'revalidate_finding',
    description: 'Say whether a finding that was mended is gone. One that is not goes back to be mended again.',
    input: revalidate,
    idempotent: false,
    canonicalise: async (args) => done(args),
    run: async ({ id, ...verdict }, context) => resultOf(await port.revalidateFinding(id, verdict, context), tellFinding),
  };
}

const list = toolInput({ status: z.enum(findingStatuses).exactOptional() });

function listFindingsTool(port: RolePort): Tool<z.output<typeof list>> {
  return {
    ...usual,
    name: 'list_findings',
    description: 'The findings of your plan, with what was decided about them.',
    input: list,
    idempotent: true,
    canonicalise: async (args) => done(args),
    run: async ({ status }, context) =>
      resultOf(await port.listFindings(status, context), (findings) =>
        told(findings.length === 0 ? 'There are none.' : findings.map(findingText).join('\n\n'), { count: findings.length }),
      ),
  };
}

export function findingTools(port: RolePort): readonly Tool[] {
  return [reportFindingTool(port), disposeFindingTool(port), answerFindingTool(port), revalidateFindingTool(port), listFindingsTool(port)];
}

function tellFinding(finding: PlanFindingView) {
  return told(findingText(finding), { finding: finding.id, status: finding.status });
}

function findingText({ id, title, severity, status, reportedBy, description, evidence, history, task, revalidation }: PlanFindingView): string {
  return [
    `${id} [${severity}, ${status}] ${title} (reported by ${reportedBy})`,
    description,
    ...evidence.map(({ what, ref }) => `- ${what}${ref === '' ? '' : ` (${ref})`}`),
    ...history.slice(1).map(({ by, verb, text }) => `${by} ${verb}${text === '' ? '' : `: ${text}`}`),
    task === null ? '' : `mended by task ${task}`,
    revalidation.length === 0 ? '' : `looking again: ${revalidation.map((one) => `${one.role} ${one.verdict}`).join(', ')}`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
