/** What an operator's client may do with handoffs. A lane or the bearer of a claim has nobody on whose behalf it could ask. */
import { done, handoffStatuses, type HandoffView, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import type { HandoffOperations } from '../handoff-operations.ts';
import { refusalOf } from '../refused-handoff.ts';
import { type McpTool, mcpTool, type ToolCall } from './mcp-tool.ts';

/** Usual clients wait 60 s for a tool. */
const longestWaitMs = 55_000;
/** Of each result in a list; in characters. */
const mostOfResult = 2000;
const endpoint = z.string().trim().min(1).max(2000);
const notForYou =
  'only an operator hands work over from outside, because it says on whose behalf; a lane and a claim are good for their own tasks. Ask the operator to run: guildhall handoffs dispatch';

export function handoffTools(handoffs: HandoffOperations): readonly McpTool[] {
  return [dispatchTool(handoffs), listTool(handoffs), cancelTool(handoffs)];
}

function dispatchTool(handoffs: HandoffOperations) {
  return mcpTool({
    name: 'dispatch_handoff',
    audience: 'operator',
    notForYou,
    description:
      'Ask bounded work of an agent or role, on behalf of another. It is announced in the chat of the target before it runs, and may wait for a person to approve it. Asking the same again is the same handoff.',
    input: z.strictObject({
      from: endpoint.describe('On whose behalf: an agent, a session key, or role:<plan>/<role>'),
      target: endpoint.describe('Who is to do it: an agent, a session key, or role:<plan>/<role>'),
      task: z.string().trim().min(1).max(50_000),
      risk_level: z.string().trim().min(1).max(64).optional().describe('low, medium, high, dangerous or a class of risk; it can only raise what policy says'),
      forbidden_actions: z.array(z.string().trim().min(1).max(64)).max(50).default([]).describe('Names such as db_write'),
      dedup_key: z.string().trim().min(1).max(200).optional(),
      wait: z
        .boolean()
        .default(false)
        .describe(`Wait up to ${longestWaitMs / 1000} seconds for its end`),
    }),
    async run({ from, target, task, risk_level: riskLevel, forbidden_actions: forbiddenActions, dedup_key: dedupKey, wait }, call) {
      const request = {
        source: from,
        target,
        task,
        forbiddenActions,
        ...(riskLevel === undefined ? {} : { riskLevel }),
        ...(dedupKey === undefined ? {} : { dedupKey }),
      };
      const requested = await handoffs.dispatchHandoff(request, asked(call));
      if (!requested.ok) return requested;
      const { duplicate } = requested.value;
      if (!wait) return answered(requested.value, { duplicate });
      const ended = await handoffs.readHandoff(requested.value.id, longestWaitMs, call.signal);
      return ended.ok ? answered(ended.value, { duplicate }) : ended;
    },
  });
}

function listTool(handoffs: HandoffOperations) {
  return mcpTool({
    name: 'list_handoffs',
    audience: 'operator',
    notForYou,
    readOnly: true,
    description: 'List handoffs in short rows with the beginning of each result, newest first.',
    input: z.strictObject({
      open: z.boolean().optional().describe('Only those that have not ended'),
      status: z.enum(handoffStatuses).optional(),
      from: endpoint.optional(),
      target: endpoint.optional(),
      after: z.string().max(200).optional().describe('The id behind which to go on'),
      limit: z.number().int().min(1).max(200).default(50),
    }),
    async run({ open, status, from, target, after, limit }) {
      const rows = await handoffs.listHandoffs({
        limit,
        ...(open === undefined ? {} : { open }),
        ...(status === undefined ? {} : { status }),
        ...(from === undefined ? {} : { source: from }),
        ...(target === undefined ? {} : { target }),
        ...(after === undefined ? {} : { after }),
      });
      return done({ handoffs: rows.map((handoff) => ({ ...row(handoff), result: brief(handoff.result) })) });
    },
  });
}

function cancelTool(handoffs: HandoffOperations) {
  return mcpTool({
    name: 'cancel_handoff',
    audience: 'operator',
    notForYou,
    description:
      'Call a handoff off with everything it led to. The answer says of each part whether it stopped, was done already, or cannot be confirmed to have stopped.',
    input: z.strictObject({ id: z.string().min(1).max(200), reason: z.string().trim().min(1).max(2000).optional() }),
    async run({ id, reason }, call) {
      const cancelled = await handoffs.cancelHandoff(id, reason === undefined ? {} : { reason }, asked(call));
      return cancelled.ok ? done({ ...row(cancelled.value.handoff), tree: cancelled.value.tree }) : cancelled;
    },
  });
}

function answered(handoff: HandoffView, more: { readonly duplicate: boolean }): Settled<object> {
  const refusal = refusalOf(handoff);
  if (refusal !== undefined) return { ok: false, refusal };
  const hint = handoff.endedAt === null ? { hint: hintFor(handoff) } : {};
  return done({ ...row(handoff), ...more, forbidden_actions: handoff.forbiddenActions, result: handoff.result, ...hint });
}

function hintFor({ status, approval, reason }: HandoffView): string {
  if (status === 'awaiting-approval') return `A person must say yes first: guildhall approvals show ${approval?.id ?? ''}`;
  if (status === 'paused') return `It is paused: ${reason}`;
  return 'It has not ended. Call dispatch_handoff again with the same arguments and wait to go on waiting: it is the same handoff.';
}

function row({ id, source, target, status, outcome, reason, riskLevel, progress, costMicroUsd, requestedAt, endedAt, approval }: HandoffView) {
  return {
    id,
    from: source,
    target,
    status,
    outcome,
    reason,
    risk_level: riskLevel,
    progress,
    approval: approval?.id ?? null,
    cost_micro_usd: costMicroUsd,
    requested_at: requestedAt,
    ended_at: endedAt,
  };
}

function brief(result: string | null): string | null {
  return result === null || result.length <= mostOfResult
    ? result
    : `${result.slice(0, mostOfResult).toWellFormed()}… [cut: dispatch_handoff answers the whole]`;
}

function asked({ by }: ToolCall) {
  return { kind: 'credential', credential: by } as const;
}
