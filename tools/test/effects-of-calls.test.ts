/** What every tool says its calls do. A tool that is not in the table below has not been thought about. */
import type { CallEffects } from '@guildhall/authority';
import { expectDone, refuse, type JsonObject } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { mcpTool } from '../src/mcp/mcp-tool.ts';
import { bareAgent, catalogueFor, portsInMemory } from './catalogue-support.ts';
import { canonical, contextFor, freshWorkspace } from './support.ts';

const no = async () => refuse('not-available', 'not in this test');
const kanban = {
  ownTask: async () => undefined,
  readTask: no,
  listTasks: no,
  createTask: no,
  completeTask: no,
  blockTask: no,
  unblockTask: no,
  heartbeat: no,
  comment: no,
  linkTasks: no,
  attach: no,
  readAttachment: no,
};
const roles = { invokeRole: no, reportFinding: no, disposeFinding: no, answerFinding: no, revalidateFinding: no, listFindings: no };
const handoffs = { closedFor: () => null, dispatch: no, list: no, cancel: no };
const service = { baseUrl: 'https://api.example/v1', model: 'm' };

async function everyTool(workspace: string) {
  const agent = {
    ...bareAgent,
    webSearch: { type: 'searxng', baseUrl: 'http://search.example:8080' } as const,
    vision: service,
    speech: service,
    images: service,
  };
  const ports = portsInMemory({ messages: { address: no }, kanban, roles, handoffs, skills: { load: no, search: async () => [] } });
  return catalogueFor(workspace, agent, { ports }).toolsFor('coder');
}

/** They read, say or remember; or what they start has this turn's chain and is judged there. */
const without = `read_file search_files memory todo clarify session_search delegate_task invoke_role load_skill search_skills
  kanban_show kanban_list kanban_create kanban_complete kanban_block kanban_unblock kanban_heartbeat kanban_comment kanban_link kanban_attach kanban_attachments
  report_finding dispose_finding answer_finding revalidate_finding list_findings dispatch_handoff list_handoffs cancel_handoff`.split(/\s+/u);

/** `~` stands for the workspace. */
const table: readonly (readonly [string, JsonObject, CallEffects])[] = [
  ['write_file', { path: './notes//a.md', content: '' }, { kind: 'known', paths: ['notes/a.md', '~/notes/a.md'] }],
  ['patch', { path: 'notes/b/../a.md', old_text: 'a', new_text: 'b' }, { kind: 'known', paths: ['notes/a.md', '~/notes/a.md'] }],
  ['web_search', { query: 'x' }, { kind: 'known', hosts: ['search.example'] }],
  ['web_extract', { urls: ['https://EXAMPLE.org./a', 'http://0x7f000001/'] }, { kind: 'known', hosts: ['example.org', '127.0.0.1'] }],
  ['send_message', { target: 'telegram:1', text: 'x' }, { kind: 'known' }],
  ['vision_analyze', { image: 'https://pictures.example/a.png' }, { kind: 'known', hosts: ['api.example', 'pictures.example'] }],
  ['text_to_speech', { text: 'x', path: 'a.mp3' }, { kind: 'known', paths: ['a.mp3', '~/a.mp3'], hosts: ['api.example'] }],
  ['image_generate', { prompt: 'x', path: 'a.png' }, { kind: 'known', paths: ['a.png', '~/a.png'], hosts: ['api.example'] }],
  ['terminal', { command: 'npm run deploy' }, { kind: 'undecidable', argv: ['npm', 'run', 'deploy'] }],
  ['terminal', { command: 'ls', shell: true }, { kind: 'undecidable', argv: ['/bin/sh', '-c', 'ls'] }],
  ['terminal', { command: 'git status' }, { kind: 'known', argv: ['git', 'status'] }],
  ['process', { action: 'start', command: 'npm start' }, { kind: 'undecidable', argv: ['npm', 'start'] }],
  ['process', { action: 'stop', id: 'p' }, { kind: 'known' }],
  ['process', { action: 'list' }, { kind: 'none' }],
  ['execute_code', { language: 'python', code: '1' }, { kind: 'undecidable', argv: ['python3', '-'] }],
];

test('every tool is thought about', async () => {
  const { workspace } = await freshWorkspace();
  const names = (await everyTool(workspace)).map(({ name }) => name);
  expect(new Set(names)).toEqual(new Set([...without, ...table.map(([name]) => name)]));
});

test('what reads, says, remembers or passes the chain on has no effect', async () => {
  const { workspace } = await freshWorkspace();
  for (const tool of (await everyTool(workspace)).filter(({ name }) => without.includes(name)))
    expect([tool.name, tool.effects({}, contextFor(workspace))]).toEqual([tool.name, { kind: 'none' }]);
});

test.each(table)('%s %j', async (name, args, effects) => {
  const { workspace } = await freshWorkspace();
  const there: unknown = JSON.parse(JSON.stringify(effects).replaceAll('"~/', `"${workspace}/`));
  const tool = (await everyTool(workspace)).find((one) => one.name === name);
  if (tool === undefined) throw new Error(`there is no ${name}`);
  const context = contextFor(workspace);
  expect(tool.effects(expectDone(await canonical(tool, args, context)), context)).toEqual(there);
});

test('nobody can tell what the tool of a server does, nor a program that an operator allowed', async () => {
  const { workspace } = await freshWorkspace();
  const tool = mcpTool({ name: 'mcp:shop/look', serverName: 'look', description: 'Reads. Surely.', inputSchema: {} }, async () => ({
    text: '',
    isError: false,
  }));
  expect(tool.effects({}, contextFor(workspace))).toEqual({ kind: 'undecidable' });
  const tools = await catalogueFor(workspace, { ...bareAgent, allowedCommands: [['npm', 'test']] }).toolsFor('coder');
  const terminal = tools.find(({ name }) => name === 'terminal');
  const context = contextFor(workspace);
  const args = { command: ['npm', 'test'], cwd: '.', shell: false, timeout_seconds: 1 };
  expect(terminal?.danger(args, context)).toBeNull();
  expect(terminal?.effects(args, context)).toEqual({ kind: 'undecidable', argv: ['npm', 'test'] });
});
