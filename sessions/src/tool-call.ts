/**
 * One tool call of a turn, behind the gate: canonical arguments → decision → approval where one is needed → recorded start → run → recorded result. Nothing runs before its
 * decision and its start are committed; nothing that has a result runs again.
 */
import { type Decision, askStack, canonicalToolName, decide } from '@guildhall/authority';
import { deadline, failpoint } from '@guildhall/kernel';
import { type JsonObject, type Settled, done, isJsonObject, refuse } from '@guildhall/protocol';
import { type Drive, DriveEnded, beginStep, begun, held, noteRecorded } from './turn-deps.ts';
import { type Tool, type ToolContext, type ToolResult, maxToolResultChars } from './tool.ts';
import type { NewOutbound } from './session.ts';
import type { ToolOutcome, ToolResultBody } from './transcript.ts';
import { goesOnLater } from './turn-cut.ts';
import { mayRepeat, permit } from './permit.ts';
import type { PendingCall } from './turn-progress.ts';

export interface CallEnd {
  readonly outcome: ToolOutcome;
  /** The words to end the turn with: the tool asked the person something. */
  readonly question?: string;
}

export async function settleCall(drive: Drive, pending: PendingCall, tools: readonly Tool[]): Promise<CallEnd> {
  const { call, started } = pending;
  if (started !== undefined && !started.idempotent) {
    return record(drive, pending, undefined, {
      outcome: 'unknown',
      text: 'This call had started when the daemon stopped, and nobody knows whether it took effect. Look before you do it again; the same call asks a person first.',
    });
  }
  const name = canonicalToolName(call.tool);
  const tool = tools.find((candidate) => candidate.name === name);
  const ready = await prepare(drive, pending, tool);
  if (!ready.ok) return record(drive, pending, tool, { outcome: 'refused', text: ready.refusal.message, ...decisionOf(drive, pending, tool, {}) });
  const { args, context } = ready.value;
  const judged = judge(drive, call.tool, args, tool, context);
  if (judged.verdict === 'deny' || tool === undefined) return refuseCall(drive, pending, tool, judged, `Refused by policy. ${judged.rule}`);
  const refused = (reason: string, text = reason) => refuseCall(drive, pending, tool, { ...judged, verdict: 'deny', rule: reason }, text);
  const hook = await drive.deps.hooks.beforeTool({ ...hookFacts(drive), tool: name, args });
  if (!hook.allow) return refused(`hook: ${hook.reason}`, `Refused by a hook: ${hook.reason}`);
  const prepared = await drive.deps.preparation.beforeTool(drive.turn, drive.fence, { tool: name, args });
  if (!prepared.allow) return refused(prepared.reason);
  const standing = judged.verdict === 'ask' ? await permit(drive, { callId: call.callId, tool, args, context, decision: judged }) : done(undefined);
  if (!standing.ok) return refused(standing.refusal.message);
  const approvalId = standing.value;
  if (approvalId !== undefined) {
    const again = judge(drive, call.tool, args, tool, context);
    if (again.verdict === 'deny') return refuseCall(drive, pending, tool, again, `Refused by policy. ${again.rule}`);
  }
  if (started === undefined) {
    const entry = begun(
      await drive.deps.store.startToolCall(drive.fence, drive.turn.id, {
        callId: call.callId,
        tool: name,
        args,
        idempotent: tool.idempotent,
        decision: judged,
        ...(approvalId === undefined ? {} : { approvalId }),
      }),
    );
    noteRecorded(drive, entry);
  } else await beginStep(drive);
  await failpoint('turn.after-tool-started');
  const ran = await runTool(drive, tool, args, context);
  await failpoint('turn.after-tool-effect');
  if (ran.outcome === 'cancelled' && tool.idempotent && goesOnLater(drive.signal)) throw new DriveEnded('stopped');
  const end = await record(drive, pending, tool, ran);
  await drive.deps.hooks.afterTool({ ...hookFacts(drive), tool: name, outcome: ran.outcome });
  await failpoint('turn.after-tool-finished');
  return end;
}

function refuseCall(drive: Drive, pending: PendingCall, tool: Tool | undefined, decision: Decision, text: string): Promise<CallEnd> {
  return record(drive, pending, tool, { outcome: 'refused', text, decision });
}

type Ran = Pick<ToolResultBody, 'outcome' | 'text'> & { readonly data?: JsonObject; readonly decision?: Decision; readonly outbound?: NewOutbound };

interface Prepared {
  readonly args: JsonObject;
  readonly context: ToolContext;
}

async function prepare(drive: Drive, pending: PendingCall, tool: Tool | undefined): Promise<Settled<Prepared>> {
  const { call } = pending;
  const context = toolContext(drive, call.callId);
  if (!isJsonObject(call.args)) return refuse('invalid-input', `the arguments of ${call.tool.slice(0, 80)} are not a JSON object; give them as one`);
  if (tool === undefined) return done({ args: call.args, context });
  const parsed = tool.input.safeParse(call.args);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
    return refuse('invalid-input', `${tool.name} cannot take these arguments. ${issues.join('; ')}`);
  }
  const canonical = await tool.canonicalise(parsed.data, context);
  return canonical.ok ? done({ args: canonical.value, context }) : canonical;
}

function judge(drive: Drive, toolName: string, args: JsonObject, tool: Tool | undefined, context: ToolContext): Decision {
  const own = tool?.danger(args, context) ?? null;
  return decide({
    agent: drive.turn.agent,
    session: drive.turn.sessionKey,
    tool: toolName,
    args,
    layers: drive.deps.agents.policyOf(drive.turn.agent, drive.turn),
    provenance: drive.turn.provenance,
    known: tool !== undefined,
    danger:
      own ??
      (tool !== undefined && mayRepeat(drive, tool, args) ? 'the same call was cut off by a stop of the daemon and may already have taken effect' : null),
    actions: drive.deps.actions(),
    effects: tool?.effects(args, context) ?? { kind: 'undecidable' },
  });
}

/** The decision for a call whose arguments never became canonical: judged all the same, so that no refusal goes without one. */
function decisionOf(drive: Drive, pending: PendingCall, tool: Tool | undefined, args: JsonObject): { readonly decision: Decision } {
  const decision = judge(
    drive,
    pending.call.tool,
    args,
    tool === undefined ? undefined : { ...tool, danger: () => null, effects: () => ({ kind: 'none' }) },
    toolContext(drive, pending.call.callId),
  );
  return { decision: decision.verdict === 'deny' ? decision : { ...decision, verdict: 'deny', rule: 'arguments: refused by the tool itself' } };
}

async function runTool(drive: Drive, tool: Tool, args: JsonObject, context: ToolContext): Promise<Ran> {
  const limit = deadline(drive.profile.toolTimeoutMs, drive.signal);
  try {
    const result = await tool.run(args, { ...context, signal: limit.signal });
    if (limit.expired())
      return { outcome: 'timed-out', text: `${tool.name} was stopped after ${Math.round(drive.profile.toolTimeoutMs / 1000)} s.\n${capText(result)}` };
    if (drive.signal.aborted) return { outcome: 'cancelled', text: capText(result) };
    const { data, outbound } = result;
    return {
      outcome: result.isError ? 'failed' : 'done',
      text: capText(result),
      ...(data === undefined ? {} : { data }),
      ...(outbound === undefined ? {} : { outbound }),
    };
  } catch {
    if (limit.expired()) return { outcome: 'timed-out', text: `${tool.name} was stopped after ${Math.round(drive.profile.toolTimeoutMs / 1000)} s.` };
    if (drive.signal.aborted) return { outcome: 'cancelled', text: 'Stopped.' };
    return { outcome: 'failed', text: `${tool.name} failed inside. The daemon's log has the details.` };
  } finally {
    limit.clear();
  }
}

function capText(result: ToolResult): string {
  if (result.text.length <= maxToolResultChars) return result.text;
  return `${result.text.slice(0, maxToolResultChars).toWellFormed()}\n[cut: ${result.text.length - maxToolResultChars} more characters]`;
}

async function record(drive: Drive, pending: PendingCall, tool: Tool | undefined, { outbound, ...ran }: Ran): Promise<CallEnd> {
  const { callId } = pending.call;
  const name = canonicalToolName(pending.call.tool).slice(0, 200);
  const result: ToolResultBody = { kind: 'tool-result', callId, tool: name, untrusted: tool?.untrusted === true, private: tool?.private === true, ...ran };
  const entry = held(await drive.deps.store.finishToolCall(drive.fence, drive.turn.id, result, outbound ?? null));
  noteRecorded(drive, entry);
  if (ran.outcome === 'cancelled' && drive.signal.aborted) throw new DriveEnded('stopped');
  const question = ran.data?.['endsTurn'] === true && typeof ran.data['question'] === 'string' ? ran.data['question'] : undefined;
  return question === undefined ? { outcome: ran.outcome } : { outcome: ran.outcome, question };
}

function toolContext(drive: Drive, callId: string): ToolContext {
  const { turn, deps } = drive;
  return {
    agent: turn.agent,
    sessionKey: turn.sessionKey,
    turnId: turn.id,
    callId,
    workspace: drive.profile.workspace,
    provenance: isTainted(drive) ? { ...turn.provenance, trust: 'untrusted' } : turn.provenance,
    fence: drive.fence,
    signal: drive.signal,
    progress: (text) => deps.live.publish(turn.sessionKey, { type: 'progress', turnId: turn.id, callId, text: text.slice(0, 4000) }),
  };
}

/**
 * Does the context hold strangers' words and private ones together? Then what the strangers wrote may be steering what leaves. Read off labels the runtime keeps with each result, never off the text.
 */
function isTainted(drive: Drive): boolean {
  const results = drive.entries.map((entry) => entry.body).filter((body) => body.kind === 'tool-result');
  return results.some((result) => result.untrusted) && (drive.profile.remembers || results.some((result) => result.private));
}

function hookFacts(drive: Drive) {
  return { agent: drive.turn.agent, sessionKey: drive.turn.sessionKey, turnId: drive.turn.id, signal: drive.signal };
}

/** Of the tools that exist, those that policy lets the agent see. The gate asks again at every call. */
export function offeredTools(tools: readonly Tool[], drive: Drive): readonly Tool[] {
  const own = drive.deps.agents.policyOf(drive.turn.agent, drive.turn);
  const chain = drive.turn.provenance.layers;
  return tools.filter((tool) => askStack(own, tool.name).allowed && (chain.length === 0 || askStack(chain, tool.name).allowed));
}
