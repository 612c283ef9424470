// A lane with the official client of the stateless revision: claims one task, completes it, and prints what it saw as JSON. Arguments: the URL of the daemon, the token of the lane, the mode.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [url, token, mode] = process.argv.slice(2);
const client = new Client({ name: 'stateless-lane', version: '1.0.0' }, { versionNegotiation: { mode } });
await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
const call = async (name, args) => (await client.callTool({ name, arguments: args })).structuredContent;
const tools = (await client.listTools()).tools.map((tool) => tool.name);
const claimed = await call('claim_task', { wait_seconds: 5 });
const held = { task_id: claimed.task.id, claim_token: claimed.claim_token };
const withoutToken = await call('heartbeat', { task_id: held.task_id });
const beat = await call('heartbeat', { ...held, note: 'here' });
const completed = await call('complete_task', { ...held, summary: 'done by the stateless client', evidence: [{ kind: 'note', text: 'seen' }] });
console.log(JSON.stringify({ version: client.getNegotiatedProtocolVersion(), instructions: client.getInstructions(), tools, withoutToken, beat, completed }));
await client.close();
