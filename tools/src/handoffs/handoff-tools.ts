/** Handing bounded work to another agent, in that agent's own chat and under every guardrail. Who asks is the session of the turn; nothing in the arguments can say otherwise. */
import { type CancelledHandoff, type HandoffView, type RequestedHandoff, done } from '@guildhall/protocol';
import { type Tool, type ToolResult, envelope } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { printableLine } from '../printable.ts';
import { failed, refused, resultOf, told } from '../result.ts';
import type { HandoffPort } from './handoff-port.ts';

/** A handoff is known by the call that asked for it, so the same call finds the one it made. */
const usual = { idempotent: true, untrusted: true, private: false, danger: () => null, effects: noEffects } as const;

/** In characters. */
const mostOfResult = 4000;
const mostListed = 30_000;

export function handoffTools(port: HandoffPort): readonly Tool[] {
  return [dispatchHandoffTool(port), listHandoffsTool(port), cancelHandoffTool(port)];
}

const dispatchInput = toolInput(
  {
    target: z.string().trim().min(1).max(2000).describe('An agent, such as "frontend", or a role of a plan: role:<plan>/<role>'),
    task: z.string().trim().min(1).max(50_000).describe('What is to be done, with everything the other must know; it does not see this conversation'),
    risk_level: z
      .string()
      .trim()
      .min(1)
      .max(64)
      .exactOptional()
      .describe('low, medium, high, dangerous or a class such as production_write. It can only raise what policy says'),
    forbidden_actions: z
      .array(z.string().trim().min(1).max(64))
      .max(50)
      .default([])
      .describe('Actions that nothing which comes of it may take, such as db_write'),
    dedup_key: z.string().trim().min(1).max(200).exactOptional().describe('The same key to the same target is the same handoff'),
    wait: z.boolean().default(false).describe('true: wait for the result in this call'),
    needed: z
      .int()
      .min(1)
      .max(1000)
      .exactOptional()
      .describe('Without wait: how many of the handoffs of this turn must have ended before you are told; all when left out'),
  },
  { risk_level: ['riskLevel', 'risk'], forbidden_actions: ['forbiddenActions'], dedup_key: ['dedupKey'], task: ['prompt', 'goal'] },
);

function dispatchHandoffTool(port: HandoffPort): Tool<z.output<typeof dispatchInput>> {
  return {
    name: 'dispatch_handoff',
    description:
      "Hand a bounded piece of work to another agent or role. It is done in that one's own chat, where people see it, if every guardrail allows it; a person may have to say yes first. Without wait, hand over all you want to and end your turn: you get one message, here, when all of it has ended. Do not ask again for what you handed over.",
    input: dispatchInput,
    ...usual,
    canonicalise: async (args) => done(args),
    async run({ target, task, wait, needed, ...args }, context) {
      const requested = await port.dispatch(
        {
          target,
          task,
          wait,
          forbiddenActions: args.forbidden_actions,
          ...(args.risk_level === undefined ? {} : { riskLevel: args.risk_level }),
          ...(args.dedup_key === undefined ? {} : { dedupKey: args.dedup_key }),
          ...(needed === undefined ? {} : { needed }),
        },
        context,
      );
      return resultOf(requested, (handoff) => tellRequested(handoff, wait, handoff.sourceSession === context.sessionKey));
    },
  };
}

const listInput = toolInput({ open: z.boolean().default(false).describe('true: only those that have not ended') });

function listHandoffsTool(port: HandoffPort): Tool<z.output<typeof listInput>> {
  return {
    name: 'list_handoffs',
    description: 'The handoffs of this conversation, how they stand and what came of them, newest first.',
    input: listInput,
    ...usual,
    canonicalise: async (args) => done(args),
    run: async (query, context) => resultOf(await port.list(query, context), (handoffs) => told(handoffs.length === 0 ? 'There are none.' : listed(handoffs))),
  };
}

const cancelInput = toolInput(
  { id: z.string().trim().min(1).max(80).describe('The id of a handoff of this conversation'), reason: z.string().trim().max(2000).default('') },
  { id: ['handoff', 'handoff_id'] },
);

function cancelHandoffTool(port: HandoffPort): Tool<z.output<typeof cancelInput>> {
  return {
    name: 'cancel_handoff',
    description: 'Call off a handoff of this conversation with everything it led to. What had been done by then stays done.',
    input: cancelInput,
    ...usual,
    canonicalise: async (args) => done(args),
    run: async ({ id, reason }, context) => resultOf(await port.cancel(id, reason, context), tellCancelled),
  };
}

function tellRequested(handoff: RequestedHandoff, waited: boolean, own: boolean): ToolResult {
  const { id, status, outcome, reason, decision, duplicate, result } = handoff;
  const data = { handoff: id, status, outcome, duplicate, decidedBy: decision.decidedBy };
  const again = duplicate ? 'This was asked for before; nothing new was begun. ' : '';
  if (status === 'refused' && decision.decidedBy !== null && handoff.approval === null)
    return {
      ...refused({ code: 'not-allowed', message: `${again}Refused (${decision.decidedBy}): ${reason}. Nothing was begun.`, details: {} }),
      data: { ...data, refused: 'not-allowed' },
    };
  const words = result === null || result === '' ? '' : `\n${envelope(`result of ${id}`, result)}`;
  const text = `${again}${line(handoff)}${words}`;
  if (!own)
    return told(
      `${text}\nAnother conversation asked for it, and is told when it has ended; you are not. If you need it done anew, ask with other words.`,
      data,
    );
  if (handoff.endedAt !== null) return status === 'finished' && outcome === 'succeeded' ? told(text, data) : failed(text, data);
  const later = waited
    ? 'It goes on; you are told here when it has ended, so do not ask for it again.'
    : 'You are told here when everything you handed over has ended.';
  return told(`${text}\n${status === 'awaiting-approval' ? `A person must say yes first (${decision.rule}). ` : ''}${later}`, data);
}

function tellCancelled({ handoff, tree }: CancelledHandoff): ToolResult {
  const parts = tree.map(
    ({ kind, id, answer, detail, depth }) => `${'  '.repeat(depth)}- ${kind} ${id}: ${answer}${detail === '' ? '' : ` (${printableLine(detail, 200)})`}`,
  );
  return told([line(handoff), ...parts].join('\n'), { handoff: handoff.id, status: handoff.status });
}

/** What the targets answered stands in envelopes: it is data. All of it together is no longer than a tool may answer. */
function listed(handoffs: readonly HandoffView[]): string {
  const most = Math.min(mostOfResult, Math.floor(mostListed / handoffs.length));
  return handoffs
    .map((one) => {
      const { id, result } = one;
      if (result === null || result === '') return line(one);
      const cut = result.length > most ? `${result.slice(0, most).toWellFormed()}\n[cut: ${result.length - most} more characters]` : result;
      return `${line(one)}\n${envelope(`result of ${id}`, cut)}`;
    })
    .join('\n');
}

function line({ id, target, status, outcome, reason, task }: HandoffView): string {
  const why = reason === '' ? '' : ` — ${printableLine(reason, 300)}`;
  return `${id} to ${target}: ${outcome ?? status}${why} [${printableLine(task, 80)}]`;
}
