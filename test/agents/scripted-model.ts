/**
 * A model server that speaks OpenAI's chat completions and follows a script: one tool call after another, then words. A process of its own, so that an agent under test has only the network to it.
 * Prints its URL as its first line, and each tool call it asks for as a line.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const message = z.looseObject({ role: z.string(), content: z.unknown().optional() });
const request = z.looseObject({
  messages: z.array(message),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).default([]),
  stream: z.boolean().default(false),
});
type Request = z.infer<typeof request>;

/** What to do next, seen from what the earlier calls answered. Names are the ends of what the agent calls its tools. */
type Step = (results: readonly string[]) => { readonly tool: string; readonly args: object };

const steps: readonly Step[] = [
  () => ({ tool: 'claim_task', args: { wait_seconds: 20 } }),
  () => ({ tool: 'show_task', args: {} }),
  () => ({
    tool: 'bash',
    args: { command: 'printf "hello from the lane\\n" > greeting.txt && wc -w < greeting.txt', description: 'Write the greeting and count its words' },
  }),
  (results) => ({ tool: 'heartbeat', args: { note: `counted ${results.at(-1)?.trim()} words` } }),
  (results) => ({
    tool: 'complete_task',
    args: {
      summary: 'Wrote greeting.txt.',
      evidence: [{ kind: 'check', criterion: 1, text: `wc -w < greeting.txt\n${results[2]?.trim()}` }],
      artifacts: [{ name: 'greeting.txt', path: 'greeting.txt' }],
    },
  }),
];

function answerTo({ messages, tools }: Request): { readonly text: string } | { readonly tool: string; readonly args: object } {
  // Agents also ask for titles and summaries, without tools.
  if (tools.length === 0) return { text: 'A task' };
  const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => textOf(content));
  const step = steps[results.length];
  if (step === undefined) return { text: 'The task is done.' };
  const { tool, args } = step(results);
  const offered = tools.map((one) => one.function.name).find((name) => name === tool || name.endsWith(`_${tool}`));
  return offered === undefined ? { text: `There is no tool ${tool}.` } : { tool: offered, args };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = z.array(z.looseObject({ text: z.string().default('') })).safeParse(content);
  return parts.success ? parts.data.map(({ text }) => text).join('') : '';
}

const server = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const asked = request.safeParse(JSON.parse(Buffer.concat(chunks).toString() || '{}'));
    if (!asked.success) outgoing.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"not a chat completion"}}');
    else send(outgoing, asked.data);
  });
});

function send(outgoing: ServerResponse, asked: Request): void {
  const answer = answerTo(asked);
  const calls =
    'tool' in answer
      ? [{ index: 0, id: `call_${asked.messages.length}`, type: 'function', function: { name: answer.tool, arguments: JSON.stringify(answer.args) } }]
      : [];
  if ('tool' in answer) console.log(answer.tool);
  const said = 'tool' in answer ? { role: 'assistant', content: null, tool_calls: calls } : { role: 'assistant', content: answer.text };
  const finish = 'tool' in answer ? 'tool_calls' : 'stop';
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const head = { id: 'chatcmpl-1', created: 1, model: 'scripted' };
  if (!asked.stream) {
    const body = { ...head, object: 'chat.completion', choices: [{ index: 0, message: said, finish_reason: finish }], usage };
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    return;
  }
  const chunk = (delta: object, reason: string | null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: reason }],
    usage: reason === null ? null : usage,
  });
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of [chunk(said, null), chunk({}, finish)]) outgoing.write(`data: ${JSON.stringify(event)}\n\n`);
  outgoing.end('data: [DONE]\n\n');
}

server.listen(0, '127.0.0.1', () => {
  const address: AddressInfo | string | null = server.address();
  if (typeof address === 'object' && address !== null) console.log(`http://127.0.0.1:${address.port}/v1`);
});
