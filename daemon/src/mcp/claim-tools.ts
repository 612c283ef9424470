/** What the holder of a task does with it. Each takes the task and its token from the session, or from its arguments. */
import { artifactItem, blockKinds, done, evidenceItem, refuse, type BlockRequest, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import type { BoardCaller, BoardOperations } from '../board-operations.ts';
import { underClaim, type ClaimChoice } from './held-claims.ts';
import { jsonObject } from './json-object.ts';
import { type McpTool, mcpTool, type ToolCall } from './mcp-tool.ts';

const choice = {
  task_id: z.string().min(1).max(200).optional().describe('Left out: the task you hold'),
  claim_token: z.string().min(1).max(400).optional().describe('Only when this server says that it knows no claim: the token claim_task gave you'),
};

export function claimTools(board: BoardOperations): readonly McpTool[] {
  return [heartbeatTool(board), completeTool(board), blockTool(board), releaseTool(board), commentTool(board), attachTool(board), metadataTool(board)];
}

function heartbeatTool(board: BoardOperations) {
  return mcpTool({
    name: 'heartbeat',
    audience: 'claim',
    description: 'Say that you still work on the task, so that your claim does not lapse; with a note on where you are, for people.',
    input: z.strictObject({ ...choice, note: z.string().max(2000).optional(), progress: z.number().min(0).max(1).optional() }),
    run: ({ note, progress, ...which }, call) => holding(which, call, (task, caller) => board.heartbeat(task, { note, progress }, caller)),
  });
}

function completeTool(board: BoardOperations) {
  return mcpTool({
    name: 'complete_task',
    audience: 'claim',
    description:
      'Say that the task is done. Evidence shows it: for each acceptance criterion one item with its number. "evidence-missing" names what is not shown.',
    input: z.strictObject({
      ...choice,
      summary: z.string().trim().min(1).max(100_000).describe('What was done, in one to three sentences'),
      evidence: z.array(evidenceItem).max(100).optional(),
      artifacts: z.array(artifactItem).max(100).optional().describe('What came out: names, with an address or a path'),
      metadata: jsonObject.optional().describe('Facts for programs'),
      review: z.boolean().optional().describe('Hand it to the reviewer although the task does not ask for it'),
    }),
    run: ({ task_id, claim_token, ...request }, call) =>
      ending({ task_id, claim_token }, call, async (task, caller) => brief(await board.complete(task, request, caller))),
  });
}

function blockTool(board: BoardOperations) {
  return mcpTool({
    name: 'block_task',
    audience: 'claim',
    description: 'Say that the task cannot go on, and why. You hold it no longer.',
    input: z.strictObject({
      ...choice,
      reason: z.string().trim().min(1).max(10_000),
      kind: z.enum(blockKinds).default('needs_input'),
      depends_on: z.array(z.string().min(1).max(200)).max(100).optional().describe('With kind "dependency": the tasks it waits for'),
      retry_after_seconds: z.number().int().min(1).max(604_800).optional().describe('With kind "transient"'),
    }),
    run: ({ task_id, claim_token, reason, kind, depends_on: dependsOn, retry_after_seconds: seconds }, call) => {
      const request: BlockRequest = { reason, kind, dependsOn, ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }) };
      return ending({ task_id, claim_token }, call, async (task, caller) => brief(await board.block(task, request, caller)));
    },
  });
}

function releaseTool(board: BoardOperations) {
  return mcpTool({
    name: 'release_task',
    audience: 'claim',
    description: 'Give the task back undone; somebody else may take it.',
    input: z.strictObject({ ...choice, reason: z.string().max(2000).default('') }),
    run: ({ reason, ...which }, call) => ending(which, call, async (task, caller) => brief(await board.release(task, reason, caller))),
  });
}

function commentTool(board: BoardOperations) {
  return mcpTool({
    name: 'comment',
    audience: 'claim',
    description: 'Write a comment on the task you hold: findings, questions, reasons.',
    input: z.strictObject({ ...choice, text: z.string().trim().min(1).max(100_000) }),
    run: ({ text, ...which }, call) => holding(which, call, (task, caller) => board.comment(task, text, caller)),
  });
}

function attachTool(board: BoardOperations) {
  return mcpTool({
    name: 'attach_file',
    audience: 'claim',
    description: 'Attach a file to the task you hold: its text, or content_base64.',
    input: z.strictObject({
      ...choice,
      name: z.string().min(1).max(255),
      text: z.string().max(5_000_000).optional(),
      content_base64: z.base64().max(7_500_000).optional(),
      media_type: z.string().min(1).max(100).optional(),
    }),
    run: ({ name, text, content_base64: base64, media_type: mediaType, ...which }, call) => {
      if ((text === undefined) === (base64 === undefined)) return Promise.resolve(refuse('invalid-input', 'give either text or content_base64'));
      const content = base64 ?? Buffer.from(text ?? '').toString('base64');
      return holding(which, call, (task, caller) =>
        board.attach(task, { name, content, mediaType: mediaType ?? (text === undefined ? undefined : 'text/plain') }, caller),
      );
    },
  });
}

function metadataTool(board: BoardOperations) {
  return mcpTool({
    name: 'add_metadata',
    audience: 'claim',
    description: 'Merge facts for programs into the metadata of the task you hold; null removes a key.',
    input: z.strictObject({ ...choice, metadata: jsonObject }),
    run: ({ metadata, ...which }, call) =>
      holding(which, call, async (task, caller) => {
        const annotated = await board.annotate(task, metadata, caller);
        return annotated.ok ? done({ task_id: task, metadata: annotated.value.metadata }) : annotated;
      }),
  });
}

type Verb<T> = (task: string, caller: BoardCaller) => Promise<Settled<T>>;

async function holding<T>(which: ClaimChoice, call: ToolCall, verb: Verb<T>): Promise<Settled<T>> {
  const held = underClaim(call, which);
  if (!held.ok) return held;
  const { task, caller } = held.value;
  const answer = await verb(task, caller);
  if (!answer.ok && answer.refusal.code === 'stale-claim') call.session?.claims.delete(task);
  return answer;
}

/** The same for a verb after which the claim is no more. */
async function ending<T>(which: ClaimChoice, call: ToolCall, verb: Verb<T>): Promise<Settled<T>> {
  return holding(which, call, async (task, caller) => {
    const answer = await verb(task, caller);
    if (answer.ok) call.session?.claims.delete(task);
    return answer;
  });
}

function brief(settled: Awaited<ReturnType<BoardOperations['complete']>>): Settled<object> {
  if (!settled.ok) return settled;
  const { id, status, block } = settled.value;
  return done({ task_id: id, status, block });
}
