/**
 * The yes of a person for a call that needs one: given now, or given for always to exactly what would run. A yes for always counts only where nothing but the tool's own danger asks, in a chain that forbids
 * nothing and that no stranger began.
 */
import { type Decision, standingDigest } from '@guildhall/authority';
import { digestOf } from '@guildhall/kernel';
import { type JsonObject, type Settled, done, refuse } from '@guildhall/protocol';
import { awaitApproval } from './await-approval.ts';
import type { Tool, ToolContext } from './tool.ts';
import { type Drive, turnEntries } from './turn-deps.ts';
import { hasUnknownTwin } from './turn-progress.ts';

interface AskedCall {
  readonly callId: string;
  readonly tool: Tool;
  readonly args: JsonObject;
  readonly context: ToolContext;
  readonly decision: Decision;
}

/** The id of the approval that lets the call run. */
export async function permit(drive: Drive, call: AskedCall): Promise<Settled<string>> {
  const bound = await boundOf(call);
  const always = bound !== null && mayBeAlways(drive, call) ? standingDigest({ agent: drive.turn.agent, tool: call.tool.name, bound }) : undefined;
  const standing = always === undefined ? undefined : await drive.deps.standingApprovals.useStandingApproval(always);
  if (standing !== undefined) return done(standing.id);
  const { callId, args, decision } = call;
  const approved = await awaitApproval(drive, {
    callId,
    tool: call.tool.name,
    args,
    decision,
    ...(bound === null ? {} : { bound }),
    ...(always === undefined ? {} : { standingDigest: always }),
  });
  if (!approved.ok) return approved;
  if (digestOf(approved.value.bound ?? null) !== digestOf(await boundOf(call)))
    return refuse(
      'wrong-state',
      'What this call runs was changed while a person was asked about it, so nothing ran. Call again, and they are asked about what is there now.',
    );
  return done(approved.value.id);
}

/** Was a call with these arguments cut off in this turn, so that it may take effect a second time? */
export function mayRepeat(drive: Drive, tool: Tool, args: JsonObject): boolean {
  return !tool.idempotent && hasUnknownTwin(turnEntries(drive), tool.name, args);
}

async function boundOf({ tool, args, context }: AskedCall): Promise<JsonObject | null> {
  return (await tool.standing?.(args, context)) ?? null;
}

/** It is the chain that counts, not what the context holds besides: what was allowed is the same whoever thinks of it. */
function mayBeAlways(drive: Drive, { tool, args, decision }: AskedCall): boolean {
  const { forbidden, trust } = drive.turn.provenance;
  const onlyDanger = decision.answers.every(({ guard, verdict }) => verdict !== 'ask' || guard === 'danger');
  return onlyDanger && forbidden.length === 0 && trust !== 'untrusted' && !mayRepeat(drive, tool, args);
}
