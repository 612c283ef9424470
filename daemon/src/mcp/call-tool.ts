/** `tools/call` in both eras: finds the tool, runs it, keeps what the session holds, and says it as the wire has it. */
import { Fault, refuse, type Refusal } from '@guildhall/protocol';
import type { BoardOperations } from '../board-operations.ts';
import { renewClaims } from './held-claims.ts';
import { mayUse, type McpTool, type ToolCall } from './mcp-tool.ts';

export interface ToolParts {
  readonly board: BoardOperations;
  readonly tools: readonly McpTool[];
}

/** The result as MCP has it; undefined when the caller has no tool of that name. */
export async function callTool(parts: ToolParts, name: string, args: unknown, call: ToolCall): Promise<object | undefined> {
  const tool = parts.tools.find((one) => one.name === name);
  if (tool === undefined) return undefined;
  if (!mayUse(tool, call.by)) return tool.notForYou === undefined ? undefined : saidNo(refuse('not-allowed', tool.notForYou).refusal, {});
  const settled = await tool.run(args, call);
  const lost = call.session === undefined ? [] : await renewClaims(parts.board, call.by, call.session);
  const notice =
    lost.length === 0
      ? {}
      : { notice: `Your claim on ${lost.join(', ')} has ended: the task is no longer yours. Stop working on it and change nothing more for it.` };
  return settled.ok ? saidYes({ ...settled.value, ...notice }) : saidNo(settled.refusal, notice);
}

export function describeTools(tools: readonly McpTool[], call: Pick<ToolCall, 'by'>): readonly object[] {
  return tools.filter((tool) => mayUse(tool, call.by)).map((tool) => tool.description);
}

function saidYes(value: object) {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value, isError: false };
}

function saidNo(refusal: Refusal, notice: { readonly notice?: string }) {
  const text = [`${refusal.code}: ${refusal.message}`, ...(notice.notice === undefined ? [] : [notice.notice])].join('\n');
  return { content: [{ type: 'text', text }], structuredContent: { error: refusal, ...notice }, isError: true };
}

/** Tools of one name would hide each other. */
export function checkTools(tools: readonly McpTool[]): readonly McpTool[] {
  const names = new Set(tools.map((tool) => tool.name));
  if (names.size !== tools.length) throw new Fault('tools-disagree', 'two MCP tools have the same name');
  return tools;
}
