/** A tool of the MCP server: its words and its schema for the model, and the verb behind it. */
import { isOperator, laneOf, type Credential } from '@guildhall/authority';
import { refuse, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import type { McpSession } from './mcp-sessions.ts';

/** Who calls, through which session, and how long they wait for the answer. */
export interface ToolCall {
  readonly by: Credential;
  /** The lane named by the header `Guildhall-Lane`. */
  readonly laneHeader: string | undefined;
  /** A claim's token in the header `Claim-Token`, for a client that is started with one. */
  readonly claimHeader: string | undefined;
  /** Absent where the client keeps none. */
  readonly session: McpSession | undefined;
  /** Names this call among all; the same for a request that was sent twice. Absent where requests cannot be told apart. */
  readonly requestId: string | undefined;
  /** What runs in the lane, as it calls itself. */
  readonly client: string | undefined;
  /** Aborts when the client leaves or cancels. */
  readonly signal: AbortSignal;
  /** Tells a client that asked for it that the work goes on. */
  readonly progress: (seconds: number, message: string) => void;
}

/** `claim`: for whoever bears a claim, so for everybody here. `lane`: for lanes and the operator. `operator`: for the operator alone. */
export type Audience = 'claim' | 'lane' | 'operator';

export interface McpTool {
  readonly name: string;
  readonly audience: Audience;
  /** What others are told who call it all the same; absent, there is no such tool for them. */
  readonly notForYou?: string;
  /** As `tools/list` has it. */
  readonly description: { readonly name: string; readonly description: string; readonly inputSchema: object; readonly annotations: object };
  readonly run: (args: unknown, call: ToolCall) => Promise<Settled<object>>;
}

export function mcpTool<S extends z.ZodObject>(spec: {
  readonly name: string;
  readonly audience: Audience;
  readonly notForYou?: string;
  readonly description: string;
  readonly input: S;
  readonly readOnly?: boolean;
  readonly run: (args: z.output<S>, call: ToolCall) => Promise<Settled<object>>;
}): McpTool {
  const { name, audience, notForYou, description, input, readOnly = false } = spec;
  const { $schema: _dialect, ...inputSchema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  return {
    name,
    audience,
    ...(notForYou === undefined ? {} : { notForYou }),
    description: { name, description, inputSchema, annotations: { readOnlyHint: readOnly, destructiveHint: false, openWorldHint: false } },
    async run(args, call) {
      const parsed = input.safeParse(args);
      if (parsed.success) return spec.run(parsed.data, call);
      const issues = parsed.error.issues.slice(0, 8).map((issue) => `${issue.path.map(String).join('.') || 'arguments'}: ${issue.message}`);
      return refuse('invalid-input', `${name} cannot take these arguments. ${issues.join('; ')}`.slice(0, 2000));
    },
  };
}

export function mayUse(tool: McpTool, by: Credential): boolean {
  if (isOperator(by)) return true;
  const isLane = laneOf(by) !== undefined;
  return tool.audience === 'claim' ? isLane || by.scopes.some((scope) => scope.startsWith('claim:')) : tool.audience === 'lane' && isLane;
}
